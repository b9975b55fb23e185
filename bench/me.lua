-- wrk script: the own profile of the users of a file in random order; 1 % of the requests change the bio instead.
--   wrk -t2 -c64 -d5 --latency -s bench/me.lua http://127.0.0.1:PORT -- USERS.tsv
-- Everything is made before the first request, and no response hook is set: it would make the client, which shares the
-- cores with the server, the slower of the two. That the next read shows the change is checked by `load me`.
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

local reads, tokens, order = {}, {}, {}
local at, sent = 0, 0

local function head(method, token)
	return method .. " /api/v1/users/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " .. token .. "\r\n"
end

function init(args)
	math.randomseed(number + 1)
	for line in io.lines(args[1]) do
		local token = line:match("([^\t]+)$")
		tokens[#tokens + 1] = token
		reads[#reads + 1] = head("GET", token) .. "\r\n"
		order[#order + 1] = #reads
	end
	for i = #order, 2, -1 do
		local j = math.random(i)
		order[i], order[j] = order[j], order[i]
	end
end

function request()
	at = at % #order + 1
	sent = sent + 1
	if sent % 100 ~= 0 then
		return reads[order[at]]
	end
	local body = '{"bio":"note ' .. number .. "." .. sent .. '"}'
	local more = "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n"
	return head("PATCH", tokens[order[at]]) .. more .. body
end
