// The reference of rows broadcast, connect and idle_sockets: Socket.IO over plain node:http with its defaults, one process. It
// checks a token of HS256 with jose as who connects comes in, and knows two events. SIGUSR2 collects its garbage.
//	node --expose-gc bench/socketio.mjs KEY
import { createServer } from 'node:http';
import { jwtVerify } from 'jose';
import { Server } from 'socket.io';

const key = new TextEncoder().encode(process.argv[2]);
const server = createServer();
const io = new Server(server);

io.use(async (socket, next) => {
	try {
		const { payload } = await jwtVerify(socket.handshake.auth.token, key, { algorithms: ['HS256'] });
		socket.data.user = { userId: payload.sub, username: payload.username };
		next();
	} catch {
		next(new Error('unauthorized'));
	}
});

io.on('connection', (socket) => {
	const { user } = socket.data;
	socket.join(`user:${user.userId}`);
	socket.on('room:join', ({ roomId }, done) => {
		socket.join(roomId);
		socket.to(roomId).emit('user:joined', { ...user, roomId, timestamp: new Date().toISOString() });
		done?.({});
	});
	socket.on('user:typing:start', ({ chatId }, done) => {
		if (socket.rooms.has(chatId))
			socket.to(chatId).emit('user:typing', { ...user, chatId, isTyping: true, timestamp: new Date().toISOString() });
		done?.({});
	});
});

server.listen(0, '127.0.0.1', 4096, () => console.log(`listening on 127.0.0.1:${server.address().port}`));
process.on('SIGUSR2', () => globalThis.gc());
process.on('SIGTERM', () => process.exit(0));
