//! Health checks of real programs, as probes see them over real sockets.

mod kubelet;
mod kubernetes;
mod load;
mod page;
mod probed;
mod prober;
mod shop;
#[cfg(unix)]
mod shutdown;
