//! Clients of HTTP/2 that no library would be: what they send is written by hand (RFC 9113, section 6).

use super::*;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

/// What a slow client does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slow {
    /// It asks, lets so many bytes in, and answers that it is there.
    LetsIn(u32),
    /// It asks, lets nothing in, and gives that up to ask again.
    Abandons,
    /// It begins calls, and ends none.
    Begins,
}

impl Slow {
    /// Does it until it is cut.
    pub(super) async fn attack(self, stream: TcpStream) -> io::Result<()> {
        let mut client = match self {
            Slow::LetsIn(bytes) => Client::new(stream, bytes).await?,
            Slow::Abandons | Slow::Begins => Client::new(stream, 0).await?,
        };
        if let Slow::LetsIn(_) = self {
            client.get("/livez").await?;
            while client.frame().await?.is_some() {}
            return Ok(());
        }
        loop {
            let stream = match self {
                Slow::Begins => client.post("/grpc.health.v1.Health/Check").await?,
                _ => client.get("/livez").await?,
            };
            tokio::time::sleep(Duration::from_millis(30)).await;
            if let Slow::Abandons = self {
                client.send(RST_STREAM, 0, stream, &8_u32.to_be_bytes()).await?; // CANCEL
            }
        }
    }
}

/// A connection of which nothing is read by itself.
pub(super) struct Client {
    stream: TcpStream,
    next: u32,
}

impl Client {
    /// Begins, with what each stream lets in at first.
    pub(super) async fn new(stream: TcpStream, window: u32) -> io::Result<Client> {
        let mut client = Client { stream, next: 1 };
        client.stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await?;
        let window = [&[0, 4][..], &window.to_be_bytes()].concat(); // SETTINGS_INITIAL_WINDOW_SIZE
        client.send(SETTINGS, 0, 0, &window).await?;
        Ok(client)
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> io::Result<()> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.stream.write_all(&frame).await
    }

    /// Begins a request; `HPACK` (RFC 7541) without its compression.
    async fn ask(&mut self, method: u8, path: &str, fields: &[u8], flags: u8) -> io::Result<u32> {
        let length = u8::try_from(path.len()).unwrap();
        let head =
            [&[method, 0x86, 0x04, length][..], path.as_bytes(), b"\x01\x09localhost", fields].concat();
        let stream = self.next;
        self.next += 2;
        self.send(HEADERS, flags, stream, &head).await?;
        Ok(stream)
    }

    pub(super) async fn get(&mut self, path: &str) -> io::Result<u32> {
        self.ask(0x82, path, &[], 5).await // END_HEADERS, END_STREAM
    }

    /// Begins a call, whose message does not come.
    async fn post(&mut self, path: &str) -> io::Result<u32> {
        self.ask(0x83, path, b"\x0f\x10\x10application/grpc", 4).await
    }

    /// Lets so many bytes in, on a stream and on all of them.
    pub(super) async fn let_in(&mut self, stream: u32, bytes: u32) -> io::Result<()> {
        self.send(WINDOW_UPDATE, 0, stream, &bytes.to_be_bytes()).await?;
        self.send(WINDOW_UPDATE, 0, 0, &bytes.to_be_bytes()).await
    }

    /// Reads a frame, and answers a `PING`. Returns how many bytes of a body there were, and whether that ended; `None` at the
    /// end of the connection.
    pub(super) async fn frame(&mut self) -> io::Result<Option<(usize, bool)>> {
        let mut head = [0; 9];
        if self.stream.read(&mut head[..1]).await? == 0 {
            return Ok(None);
        }
        self.stream.read_exact(&mut head[1..]).await?;
        let [a, b, c, kind, flags, ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).await?;
        if kind == PING && flags == 0 {
            self.send(PING, 1, 0, &payload).await?;
        }
        let data = if kind == DATA { payload.len() } else { 0 };
        Ok(Some((data, matches!(kind, DATA | HEADERS) && flags & 1 == 1)))
    }
}
