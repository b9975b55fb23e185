#include "users.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct script {
	const char *first[8], *last[8];
};
static const struct script scripts[] = {
	{ { "Анна", "Дмитрий", "Олена", "Иван", "Наталия", "Сергей", "Мария", "Тарас" },
		{ "Иванова", "Шевченко", "Петров", "Ковальчук", "Соколова", "Мельник", "Орлов", "Бондар" } },
	{ { "Ελένη", "Γιώργος", "Μαρία", "Νίκος", "Σοφία", "Κώστας", "Άννα", "Πέτρος" },
		{ "Παπαδοπούλου", "Γεωργίου", "Νικολάου", "Δημητρίου", "Ιωάννου", "Οικονόμου", "Βλάχος", "Αγγέλου" } },
	{ { "محمد", "فاطمة", "علي", "مريم", "يوسف", "ليلى", "خالد", "نور" },
		{ "الحسن", "المصري", "حداد", "الخطيب", "منصور", "العلي", "سعيد", "النجار" } },
	{ { "נועה", "דוד", "תמר", "יוסף", "מיכל", "אורי", "שירה", "איתן" },
		{ "כהן", "לוי", "מזרחי", "פרץ", "ביטון", "אברהם", "פרידמן", "שפירא" } },
	{ { "प्रिया", "अर्जुन", "आरव", "दीपा", "राहुल", "अनिता", "विजय", "सीमा" },
		{ "शर्मा", "सिंह", "पटेल", "गुप्ता", "कुमार", "वर्मा", "मिश्रा", "जोशी" } },
	{ { "小明", "丽华", "建国", "美玲", "志强", "秀英", "伟", "芳" },
		{ "王", "李", "张", "刘", "陈", "杨", "黄", "赵" } },
	{ { "さくら", "太郎", "陽子", "健一", "美咲", "翔太", "由美", "大輔" },
		{ "佐藤", "鈴木", "高橋", "田中", "渡辺", "伊藤", "山本", "中村" } },
	{ { "민준", "서연", "지훈", "수빈", "예준", "하은", "도윤", "지우" },
		{ "김", "이", "박", "최", "정", "강", "조", "윤" } },
	{ { "สมชาย", "มาลี", "ธนา", "อรุณ", "วิภา", "ณัฐ", "ปรีชา", "กานดา" },
		{ "ศรีสุข", "ใจดี", "ทองดี", "บุญมา", "แสงทอง", "วงศ์ไทย", "รักดี", "พรหมมา" } },
};
/* Latin names: half of all people, with surnames of three syllables so that a million people do not share a few. */
static const char *const latin[] = { "Anna", "Björn", "Chloé", "Đặng", "Émile", "François", "Gül", "Håkon", "Íñigo",
	"José", "Kasia", "Łukasz", "Márta", "Nguyễn", "Øystein", "Paweł", "Renée", "Søren", "Şebnem", "Thomas",
	"Ürsula", "Václav", "William", "Ximena", "Yasmin", "Zoë", "Liam", "Olivia", "Noah", "Emma", "Lucas", "Sofia" };
static const char *const syllable[] = { "bar", "ko", "len", "mi", "ster", "van", "rö", "dal", "fi", "gra", "hol", "ja",
	"kin", "lo", "mar", "nes", "ol", "pe", "quin", "ros", "sal", "tor", "ul", "ver", "wen", "xi", "yor", "zan",
	"brü", "ček", "dén", "ñor" };

uint64_t random_next(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	char line[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	return must(strdup(line));
}

static char *make_name(uint64_t *r)
{
	uint64_t pick = random_next(r);
	if (pick % 2) {
		const struct script *s = &scripts[(pick >> 8) % COUNT(scripts)];
		return text("%s %s", s->first[(pick >> 16) % 8], s->last[(pick >> 24) % 8]);
	}
	char last[64];
	int n = snprintf(last, sizeof last, "%s%s%s", syllable[(pick >> 8) % 32], syllable[(pick >> 16) % 32],
		syllable[(pick >> 24) % 32]);
	if (n > 0 && last[0] >= 'a' && last[0] <= 'z')
		last[0] = (char)(last[0] - 'a' + 'A');
	return text("%s %s", latin[(pick >> 32) % COUNT(latin)], last);
}

void user_make(struct user *u, uint64_t seed, size_t i)
{
	uint64_t r = seed * UINT64_C(1000003) + i;
	uint64_t secret = random_next(&r);
	*u = (struct user){
		.email = text("person%zu.%04x@example.org", i, (unsigned)(secret & 0xffff)),
		.username = text("person%zu", i),
		.password = text("plum-%08x-violin", (unsigned)(secret >> 16)),
		.refresh = text("%s", ""),
		.access = text("%s", ""),
	};
	u->name = make_name(&r);
}

void user_set(char **slot, char *value)
{
	if (!value)
		return;
	free(*slot);
	*slot = value;
}

void users_make(struct users *us, uint64_t seed, size_t from, size_t n)
{
	us->n = n;
	us->list = must(calloc(n ? n : 1, sizeof *us->list));
	for (size_t i = 0; i < n; i++)
		user_make(&us->list[i], seed, from + i);
}

static char *take_column(char **at)
{
	char *column = strsep(at, "\t\n");
	return must(strdup(column ? column : ""));
}

bool users_load(struct users *us, const char *path)
{
	struct lines ls;
	if (!lines_load(&ls, path))
		return false;
	us->n = ls.n;
	us->list = must(calloc(ls.n ? ls.n : 1, sizeof *us->list));
	for (size_t i = 0; i < ls.n; i++) {
		char *at = ls.line[i];
		struct user *u = &us->list[i];
		char **column[] = { &u->email, &u->username, &u->name, &u->password, &u->refresh, &u->access };
		for (size_t k = 0; k < COUNT(column); k++)
			*column[k] = take_column(&at);
		free(ls.line[i]);
	}
	free(ls.line);
	return true;
}

/* Written beside and renamed: an interrupted run leaves the old tokens. */
bool users_save(const struct users *us, const char *path)
{
	char *beside = text("%s.new", path);
	FILE *f = fopen(beside, "w");
	for (size_t i = 0; f && i < us->n; i++) {
		const struct user *u = &us->list[i];
		fprintf(f, "%s\t%s\t%s\t%s\t%s\t%s\n", u->email, u->username, u->name, u->password, u->refresh,
			u->access);
	}
	bool ok = f && fclose(f) == 0 && rename(beside, path) == 0;
	free(beside);
	return ok;
}

bool lines_load(struct lines *ls, const char *path)
{
	*ls = (struct lines){ 0 };
	FILE *f = fopen(path, "r");
	if (!f)
		return false;
	size_t cap = 0, size = 0;
	char *line = NULL;
	for (ssize_t n; (n = getline(&line, &size, f)) > 0;) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (ls->n == cap) {
			cap = cap ? cap * 2 : 1024;
			ls->line = must(reallocarray(ls->line, cap, sizeof *ls->line));
		}
		ls->line[ls->n++] = must(strdup(line));
	}
	free(line);
	fclose(f);
	return true;
}
