//! Requests that outlive an outage on disk, and the process too.
//!
//! One [`Spool`] belongs to one signal on its way to one destination. Its folder is `<directory>/<exporter>-<signal>/`, in
//! it a folder for every process that uses it at the same time (`0`, `1`, ...), owned by an advisory lock; whoever starts
//! takes over those whose owner is gone. In a folder are files of at most 4 MiB, of records that are only ever appended
//! (`record.rs`) and marked as done in place, one byte each; a file in which all are done is removed.
//!
//! **Full** means that the newest is refused and counted as `spool_full`, as the queue in front of it does it and the
//! persistent queue of the OpenTelemetry collector: what tells how an outage began is what people look for afterwards, and
//! what was once on disk is never taken back.
//!
//! **What survives**: all that is spooled survives the end of the process, however it ends. A file is made to survive a
//! power failure (`fdatasync`) when it is full and when the process shuts down; so a power failure can lose the last 4 MiB.
//! A request is marked as done after its answer has come: where the process dies or a mark is lost between the two,
//! that one request is sent twice. Nothing is ever sent less than once.
//!
//! **Damage**: whatever a file holds, it is read to its end. A record whose body has another checksum, and one
//! that was not written to its end, is counted as `spool_corrupt`; where even its head is gone nobody knows how many
//! items it had, and one warning says how many bytes they were.
//!
//! Files are read and written by a thread of the spool's own: a disk that hangs, as one in a network does, must hold
//! up neither the I/O thread nor the pool of blocking threads that name look-ups need; and one thread keeps the order
//! without a lock.

mod disk;
mod folder;
mod keeper;
mod record;
mod segment;
mod store;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use self::disk::{Disk, System};
use self::keeper::{Command, Fate, Keeper};
pub(in crate::export) use self::record::Entry;
pub(in crate::export) use self::store::Refusal;
use self::store::Token;
use crate::export::{Account, Notices, Reason, Signal};

/// Bytes that may wait for the disk; reached where it hangs.
const MAX_PENDING: usize = 64 << 20;

/// Where a spool is, and how large it may be.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// A folder.
    pub(crate) folder: PathBuf,
    /// The most bytes in it, of this process and of those that it takes over.
    pub(crate) max_bytes: u64,
}

impl Place {
    /// Returns the place of one signal on its way to one destination. Other forms of requests have other folders: a
    /// destination that is spoken to in another way does not understand what was meant for the former.
    pub(crate) fn of(&self, exporter: &str, signal: Signal, turned: bool) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let exporter: String = exporter.chars().map(plain).collect();
        let form = if turned { "-json" } else { "" };
        let name = format!("{exporter}-{}{form}", signal.as_str());
        Place { folder: self.folder.join(name), max_bytes: self.max_bytes }
    }
}

/// Requests on disk, and the thread that keeps them. Copies are the same one; none of the calls waits for the disk.
///
/// Without a thread or a usable folder it refuses everything, and has said so.
#[derive(Clone)]
pub(in crate::export) struct Spool {
    shared: Arc<Shared>,
}

/// What the keeper and those who use it have in common.
struct Shared {
    commands: Sender<Command>,
    account: Arc<Account>,
    /// Bytes on their way to the disk.
    pending: AtomicUsize,
    /// Something may wait to be sent.
    changed: Notify,
    /// There is neither a folder nor a thread.
    broken: AtomicBool,
}

impl Spool {
    /// Starts the thread, which opens the folder and counts what an earlier process left as recovered.
    pub(in crate::export) fn start(place: Place, account: Arc<Account>, notices: Notices) -> Self {
        Spool::start_on(Box::new(System), place, account, notices)
    }

    fn start_on(disk: Box<dyn Disk>, place: Place, account: Arc<Account>, notices: Notices) -> Self {
        account.spools();
        let (sender, commands) = channel();
        let shared = Shared {
            commands: sender,
            account,
            pending: AtomicUsize::new(0),
            changed: Notify::new(),
            broken: AtomicBool::new(false),
        };
        let shared = Arc::new(shared);
        Keeper::spawn(disk, place, (Arc::downgrade(&shared), commands), notices);
        Spool { shared }
    }

    /// Tells whether there is anything to write to; what is found to be otherwise was said.
    pub(in crate::export) fn is_usable(&self) -> bool {
        !self.shared.broken.load(Ordering::Relaxed)
    }

    /// Has a request written. `fate` is told how that went, on the spool's thread or at once; from then on the spool
    /// counts the items where it was written, and the caller where it was not.
    pub(in crate::export) fn put(
        &self,
        entry: Entry,
        fate: impl FnOnce(Result<(), Refusal>) + Send + 'static,
    ) {
        let bytes = entry.bytes.len();
        if self.shared.pending.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > MAX_PENDING {
            self.shared.pending.fetch_sub(bytes, Ordering::Relaxed);
            return fate(Err(Refusal::Failed));
        }
        let fate = Fate::new(Arc::downgrade(&self.shared), bytes, fate);
        let _dropped_it_tells = self.shared.commands.send(Command::Put(entry, fate));
    }

    /// Returns the oldest request that waits, and leaves it on disk; `None` where there is none, or none can be read now.
    pub(in crate::export) async fn next(&self) -> Option<Kept> {
        let (reply, next) = oneshot::channel();
        self.shared.commands.send(Command::Next(reply)).ok()?;
        next.await.ok()?
    }

    /// Waits until there may be more than [`Spool::next`] found.
    pub(in crate::export) async fn changed(&self) {
        self.shared.changed.notified().await;
    }

    /// Writes what was put so far, has it survive a power failure and ends the thread. Blocks, for `wait` at most; what
    /// is not written by then may still be.
    pub(in crate::export) fn close(&self, wait: Duration) {
        let (reply, closed) = sync_channel(1);
        if self.shared.commands.send(Command::Close(reply)).is_ok() {
            let _closed_or_late = closed.recv_timeout(wait);
        }
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spool")
    }
}

/// A request that was on disk and is being sent. Dropped without a fate, it waits again; by a panic it is lost, as it
/// would only cause the next.
pub(in crate::export) struct Kept {
    entry: Entry,
    token: Option<Token>,
    shared: Arc<Shared>,
}

impl Kept {
    /// Returns what is to be sent.
    pub(in crate::export) fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Counts it as delivered, except for the items that the destination rejected.
    pub(in crate::export) fn exported(mut self, rejected: u64) {
        let account = self.settle();
        let rejected = rejected.min(self.entry.items);
        account.rejected(rejected);
        account.exported(self.entry.items - rejected);
    }

    /// Counts it as lost.
    pub(in crate::export) fn dropped(mut self, reason: Reason) {
        self.settle().dropped(reason, self.entry.items);
    }

    /// Takes it off the disk; the mark is written soon.
    fn settle(&mut self) -> Arc<Account> {
        if let Some(token) = self.token.take() {
            let _ended = self.shared.commands.send(Command::Settle(token));
        }
        self.shared.account.unspooled(self.entry.items);
        Arc::clone(&self.shared.account)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if self.token.is_some() && std::thread::panicking() {
            self.settle().dropped(Reason::Refused, self.entry.items);
        }
        if let Some(token) = self.token.take() {
            let _ended = self.shared.commands.send(Command::GiveBack(token));
        }
    }
}

impl Shared {
    /// Makes a request of what the store handed out.
    fn kept(self: &Arc<Self>, (token, entry): (Token, Entry)) -> Kept {
        Kept { entry, token: Some(token), shared: Arc::clone(self) }
    }
}

/// The keeper's way back to those who use it; gone with the last of them.
type Users = Weak<Shared>;
