//! Headers that may be absent.

use std::ops::ControlFlow;

use crate::context::Carrier;

/// Headers that a message may lack: they are made when there is something to write.
impl<C: Carrier + Default> Carrier for Option<C> {
    fn get_all(&self, name: &str, each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
        self.as_ref().map_or(ControlFlow::Continue(()), |headers| headers.get_all(name, each))
    }

    fn set(&mut self, name: &'static str, value: &str) {
        self.get_or_insert_default().set(name, value);
    }

    fn remove(&mut self, name: &'static str) {
        if let Some(headers) = self {
            headers.remove(name);
        }
    }

    fn kind(&self) -> &'static str {
        self.as_ref().map_or_else(|| C::default().kind(), Carrier::kind)
    }
}
