#include "cli/cli.h"

const char *cli_exit_doc(int status)
{
	static const char *const docs[] = {
		[CLI_OK] = "done",
		[CLI_FAILED] = "failed for another reason; standard error tells it",
		[CLI_USAGE] = "the command line or a field of the input is wrong",
		[CLI_DENIED] = "not allowed, or not the right credentials",
		[CLI_UNAVAILABLE] = "cannot be done just now: busy, locked or not reachable; try again",
		[CLI_CONFIG] = "the settings are wrong",
		[CLI_NOT_FOUND] = "there is no such thing",
		[CLI_CONFLICT] = "it already exists, or was changed in the meantime",
	};
	return status >= 0 && (size_t)status < sizeof docs / sizeof *docs ? docs[status] : NULL;
}

int cli_exit_of(int http_status)
{
	switch (http_status) {
	case 400:
	case 413:
	case 415:
	case 422:
		return CLI_USAGE;
	case 401:
	case 403:
		return CLI_DENIED;
	case 404:
		return CLI_NOT_FOUND;
	case 409:
	case 412:
	case 428:
		return CLI_CONFLICT;
	case 408:
	case 423:
	case 429:
	case 503:
		return CLI_UNAVAILABLE;
	default:
		return http_status >= 200 && http_status < 300 ? CLI_OK : CLI_FAILED;
	}
}
