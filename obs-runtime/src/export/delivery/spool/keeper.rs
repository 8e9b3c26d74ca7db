//! The thread that reads and writes a spool's files.

use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::disk::Disk;
use super::record::Entry;
use super::store::{Found, Refusal, Store, Token};
use super::{Kept, Place, Users};
use crate::export::{Notices, Reason};
use crate::quiet;
use crate::record::Severity;

/// The time between two warnings.
const INTERVAL: Duration = Duration::from_secs(60);

/// What the thread is asked for, in order.
pub(super) enum Command {
    Put(Entry, Fate),
    Next(oneshot::Sender<Option<Kept>>),
    Settle(Token),
    GiveBack(Token),
    /// Ends the thread; answered when everything is on disk.
    Close(SyncSender<()>),
}

/// What is called with what became of a request.
type Told = Box<dyn FnOnce(Result<(), Refusal>) + Send>;

/// Tells what became of a request, once; that it was not written where nobody else does.
pub(super) struct Fate {
    users: Users,
    bytes: usize,
    told: Option<Told>,
}

impl Fate {
    pub(super) fn new(
        users: Users,
        bytes: usize,
        told: impl FnOnce(Result<(), Refusal>) + Send + 'static,
    ) -> Self {
        Fate { users, bytes, told: Some(Box::new(told)) }
    }

    fn tell(&mut self, fate: Result<(), Refusal>) {
        let Some(told) = self.told.take() else { return };
        if let Some(users) = self.users.upgrade() {
            users.pending.fetch_sub(self.bytes, Ordering::Relaxed);
        }
        told(fate);
    }
}

impl Drop for Fate {
    fn drop(&mut self) {
        self.tell(Err(Refusal::Failed));
    }
}

/// What the thread works with.
pub(super) struct Keeper {
    store: Store,
    users: Users,
    notices: Notices,
    warned: Option<Instant>,
}

impl Keeper {
    /// Starts the thread. Where there can be none, or no folder for it, commands are dropped, which refuses what they hold.
    pub(super) fn spawn(
        disk: Box<dyn Disk>,
        place: Place,
        (users, commands): (Users, Receiver<Command>),
        notices: Notices,
    ) {
        let (said, owners) = (std::sync::Arc::clone(&notices), users.clone());
        let broken = |users: &Users| {
            if let Some(users) = users.upgrade() {
                users.broken.store(true, Ordering::Relaxed);
            }
        };
        let run = move || {
            quiet::hush();
            match Store::open(disk, &place.folder, place.max_bytes) {
                Ok((store, found)) => {
                    let mut keeper = Keeper { store, users, notices, warned: None };
                    keeper.welcome(&found, &place);
                    let reply = keeper.run(&commands);
                    drop(keeper); // and the folder is free
                    let _nobody_waits = reply.map(|reply| reply.send(()));
                }
                Err(e) => {
                    broken(&users);
                    notices(Severity::Warn, unusable(&place.folder, &e));
                }
            }
        };
        if let Err(e) = std::thread::Builder::new().name("obs-spool".to_owned()).spawn(run) {
            broken(&owners);
            said(Severity::Warn, format!("there is no thread for a spool, so that nothing is spooled: {e}"));
        }
    }

    /// Counts what an earlier process left, and says what is worth knowing.
    fn welcome(&mut self, found: &Found, place: &Place) {
        let folder = place.folder.display();
        if let Some(users) = self.users.upgrade() {
            let scan = found.scan;
            users.account.recovered(scan.items.saturating_add(scan.torn));
            users.account.spooled(scan.items);
            users.account.dropped(Reason::SpoolCorrupt, scan.torn);
            users.account.spool_bytes(self.store.bytes());
            users.changed.notify_one();
        }
        if found.others > 0 {
            let home = self.store.home().display();
            let line = format!("another process spools in {folder}; this one writes to {home}");
            (self.notices)(Severity::Info, line);
        }
        if found.scan.torn > 0 {
            let items = found.scan.torn;
            let line =
                format!("lost {items} items in {folder}: the process before ended while it wrote them");
            (self.notices)(Severity::Warn, line);
        }
        if found.scan.unreadable > 0 {
            let bytes = found.scan.unreadable;
            let line =
                format!("{bytes} bytes in {folder} cannot be read; how many items they held is not known");
            (self.notices)(Severity::Warn, line);
        }
        for (path, e) in &found.unopened {
            let line =
                format!("{} cannot be opened: {e}; it is tried again at the next start", path.display());
            (self.notices)(Severity::Warn, line);
        }
    }

    /// Obeys until it is told to end, or everybody is gone. Returns who waits for the end.
    fn run(&mut self, commands: &Receiver<Command>) -> Option<SyncSender<()>> {
        while let Ok(command) = commands.recv() {
            match command {
                Command::Put(entry, mut fate) => {
                    let put = self.put(&entry);
                    self.count(); // who is told may look
                    fate.tell(put);
                }
                Command::Next(reply) => {
                    let next = self.next();
                    let _dropped_it_waits_again = reply.send(next);
                }
                Command::Settle(token) => self.store.settle(token),
                Command::GiveBack(token) => {
                    self.store.give_back(token);
                    self.tell_changed();
                }
                Command::Close(reply) => {
                    self.end();
                    return Some(reply);
                }
            }
            self.count();
        }
        self.end();
        None
    }

    fn put(&mut self, entry: &Entry) -> Result<(), Refusal> {
        self.store.append(entry)?;
        if let Some(users) = self.users.upgrade() {
            users.account.spooled(entry.items);
        }
        self.tell_changed();
        Ok(())
    }

    fn next(&mut self) -> Option<Kept> {
        let next = self.store.next()?;
        self.users.upgrade().map(|users| users.kept(next))
    }

    fn end(&mut self) {
        self.store.close();
        self.count();
    }

    /// Counts what was lost and what there is, and warns.
    fn count(&mut self) {
        let lost = self.store.take_lost();
        if let Some(users) = self.users.upgrade() {
            users.account.unspooled(lost);
            users.account.dropped(Reason::SpoolCorrupt, lost);
            users.account.spool_bytes(self.store.bytes());
        }
        let trouble = self.store.take_trouble();
        if (lost == 0 && trouble.is_none()) || self.warned.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        self.warned = Some(Instant::now());
        let home = self.store.home().display();
        let line = match trouble {
            Some(e) => format!("the spool in {home} has trouble: {e}"),
            None => format!("lost {lost} items in {home}: they cannot be read"),
        };
        (self.notices)(Severity::Warn, line);
    }

    fn tell_changed(&self) {
        if let Some(users) = self.users.upgrade() {
            users.changed.notify_one();
        }
    }
}

fn unusable(folder: &Path, error: &io::Error) -> String {
    format!(
        "nothing is spooled, as {} cannot be used: {error}; set `OBS_SPOOL` to a folder that the process may write to",
        folder.display()
    )
}
