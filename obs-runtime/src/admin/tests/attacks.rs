//! R26: 1 000 slow connections are harmless, and so are those that ask and take nothing.

use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot;

use super::*;

/// The figure is what a kubelet waits for a probe, unless told otherwise; a busy machine gets ten times that.
const QUICKLY: Duration = Duration::from_secs(1);

/// A server on a thread of its own with one runtime for everything, as in a process.
pub(super) struct Apart {
    pub(super) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Apart {
    pub(super) fn new(secured: Option<Secured>) -> Self {
        allow_many_sockets();
        let admin = Admin::bind("127.0.0.1:0".parse().unwrap()).unwrap().secured(secured);
        #[cfg(feature = "grpc")]
        let admin = admin.with_calls(grpc::Calls::idle());
        let address = admin.local_addr();
        let (stop, stopped) = oneshot::channel();
        let desk = routes(&Checks::default()).desk();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    served = admin.serve(desk) => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Apart { address, stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _panicked = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// What a slow client does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slow {
    /// It connects and says nothing.
    Silent,
    /// It sends a head, a byte at a time.
    Drips(&'static [u8]),
    /// It asks again and again, and takes nothing.
    Pipelines,
    /// It asks again and again, and takes everything.
    Insatiable,
    /// It does so by HTTP/2.
    #[cfg(feature = "grpc")]
    ByHttp2(http2::Slow),
}

impl Slow {
    fn clients(self) -> usize {
        match self {
            Slow::Silent | Slow::Drips(_) => 1_000,
            _ => 16, // as many as there are places
        }
    }

    /// How long who is cut stays away.
    fn pause(self, number: usize) -> Option<Duration> {
        // A thousand a second, and not all of them at once: that they were at the beginning.
        matches!(self, Slow::Silent | Slow::Drips(_)).then(|| Duration::from_millis(500 + number as u64))
    }

    /// Does it until it is cut; counts when it has begun.
    async fn attack(self, mut stream: TcpStream, at_work: &AtomicU32) -> io::Result<()> {
        let count = || at_work.fetch_add(1, Ordering::SeqCst);
        if !matches!(self, Slow::Pipelines) {
            count();
        }
        let asks = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(50);
        match self {
            Slow::Silent => stream.read(&mut [0; 64]).await.map(drop),
            Slow::Drips(head) => {
                for byte in head.iter().chain(std::iter::repeat(&b'y')) {
                    stream.write_all(&[*byte]).await?;
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Ok(())
            }
            Slow::Pipelines => loop {
                let mut asked = std::pin::pin!(stream.write_all(&asks));
                match tokio::time::timeout(Duration::from_millis(50), asked.as_mut()).await {
                    Ok(asked) => asked?,
                    Err(_nobody_reads) => {
                        count();
                        asked.await?;
                    }
                }
            },
            Slow::Insatiable => {
                let (mut reader, mut writer) = stream.split();
                let asking = async {
                    loop {
                        writer.write_all(&asks).await?;
                    }
                };
                let mut piece = vec![0; 64 << 10];
                let reading = async {
                    while reader.read(&mut piece).await? > 0 {}
                    Ok(())
                };
                tokio::select! { ended = asking => ended, ended = reading => ended }
            }
            #[cfg(feature = "grpc")]
            Slow::ByHttp2(slow) => slow.attack(stream).await,
        }
    }
}

/// Connects again and again: who is cut comes back.
async fn attacker(address: SocketAddr, slow: Slow, at_work: Arc<AtomicU32>, number: usize) {
    loop {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        if let Slow::Pipelines = slow {
            socket.set_recv_buffer_size(1024).unwrap();
        }
        let Ok(stream) = socket.connect(address).await else { continue };
        let _cut = slow.attack(stream, &at_work).await;
        match slow.pause(number) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => tokio::task::yield_now().await,
        }
    }
}

/// Returns how many connections the process has open as a server on a port; `None` where the system does not tell. The table
/// is not read in one moment: a connection and the one that takes its place may both be in it.
fn open_sockets(port: u16) -> Option<usize> {
    let table = std::fs::read_to_string("/proc/self/net/tcp").ok()?;
    let local = format!(":{port:04X}");
    let is_ours = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let (listens, accepted) = (fields[3] == "0A", fields[9] != "0"); // who waits to be accepted has no inode
        fields[1].ends_with(&local) && !listens && accepted
    };
    Some(table.lines().skip(1).filter(is_ours).count())
}

/// Sends probes at a steady rate while slow clients are at work. `probe` returns a status code.
pub(super) fn withstands(
    apart: &Apart,
    slow: Slow,
    probe: impl AsyncFn() -> io::Result<u16> + Send + 'static,
) {
    let attack = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (address, at_work) = (apart.address, Arc::new(AtomicU32::new(0)));
    let (counted, is_over) = (Arc::clone(&at_work), Arc::new(AtomicBool::new(false)));
    let over = Arc::clone(&is_over);
    let attackers = thread::spawn(move || {
        attack.block_on(async {
            let attack = |number| tokio::spawn(attacker(address, slow, Arc::clone(&counted), number));
            let attackers: Vec<_> = (0..slow.clients()).map(attack).collect();
            while !over.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            attackers.iter().for_each(tokio::task::JoinHandle::abort);
        });
    });
    while (at_work.load(Ordering::SeqCst) as usize) < slow.clients() {
        thread::yield_now();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut took, mut open) = runtime.block_on(async {
        let (mut took, mut open) = (Vec::new(), Vec::new());
        for number in 0..50 {
            let began = Instant::now();
            let code = tokio::time::timeout(10 * QUICKLY, probe()).await;
            assert!(matches!(code, Ok(Ok(200))), "{slow:?}, {} probes before: {code:?}", took.len());
            took.push(began.elapsed());
            if number % 10 == 0 {
                open.extend(open_sockets(address.port())); // slow: those that are long closed are in it
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        (took, open)
    });
    let connections = at_work.load(Ordering::SeqCst);
    is_over.store(true, Ordering::SeqCst);
    attackers.join().unwrap();
    took.sort_unstable();
    open.sort_unstable();
    // One reading of the table may have seen many that came and went meanwhile, most have not.
    let (half, most) = (took[took.len() / 2], open.get(open.len() / 2));
    assert!(half < QUICKLY, "{slow:?}: half of the probes took {half:?} or more");
    assert!(most.is_none_or(|most| *most <= 2 * 16), "{slow:?}: {most:?} sockets are open, by {open:?}");
    println!(
        "{slow:?}: {connections} connections; probes: half {half:?}, all {:?}; sockets {most:?}",
        took.last()
    );
}

async fn probe(address: SocketAddr) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    answer.get(9..12).and_then(|code| code.parse().ok()).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[test]
fn r26_a_thousand_connections_that_say_nothing_keep_no_probe_out() {
    let apart = Apart::new(None);
    let address = apart.address;
    withstands(&apart, Slow::Silent, async move || probe(address).await);
}

#[test]
fn r26_a_thousand_connections_that_drip_keep_no_probe_out() {
    let apart = Apart::new(None);
    let address = apart.address;
    let head = b"GET /livez HTTP/1.1\r\nx: ";
    withstands(&apart, Slow::Drips(head), async move || probe(address).await);
}

#[test]
fn r26_who_asks_and_takes_nothing_keeps_no_probe_out() {
    let apart = Apart::new(None);
    let address = apart.address;
    withstands(&apart, Slow::Pipelines, async move || probe(address).await);
}

#[test]
fn r26_who_asks_without_end_keeps_no_probe_out() {
    let apart = Apart::new(None);
    let address = apart.address;
    withstands(&apart, Slow::Insatiable, async move || probe(address).await);
}

#[cfg(feature = "grpc")]
#[test]
fn r26_who_takes_nothing_by_http_2_keeps_no_probe_out() {
    use http2::Slow::{Abandons, Begins, LetsIn};
    for slow in [LetsIn(0), LetsIn(1), Abandons, Begins] {
        let apart = Apart::new(None);
        let address = apart.address;
        withstands(&apart, Slow::ByHttp2(slow), async move || probe(address).await);
    }
}
