//! Health checks of real programs, as probes see them over real sockets.

mod kubelet;
mod kubernetes;
mod load;
mod prober;
mod probed;
mod shop;
