//! The `tracestate` header (W3C Trace Context level 2, section 3.3).

use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::Carrier;
use super::super::rejected::Reason;
use super::trimmed;

/// The header with the vendors' own state.
pub(in crate::context) const NAME: &str = "tracestate";

/// What a `tracestate` may hold (section 3.3.1.1).
const MEMBERS: usize = 32;
/// As many characters as the members may have together, with the commas between them.
const BYTES: usize = MEMBERS * (256 + 1 + 256) + MEMBERS - 1;

/// Reads the state that came in however many headers, combined in their order. One that breaks a rule is refused whole.
pub(in crate::context) fn read(carrier: &(impl Carrier + ?Sized)) -> Result<Option<Arc<str>>, Reason> {
    let mut all = String::new();
    let mut reason = None;
    let _broken = carrier.get_all(NAME, &mut |value| {
        let value = trimmed(value);
        if all.len() + value.len() > BYTES {
            reason = Some(Reason::TooLong);
            return ControlFlow::Break(());
        }
        match std::str::from_utf8(value) {
            Ok(text) if text.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~')) => {
                if !all.is_empty() && !text.is_empty() {
                    all.push(',');
                }
                all.push_str(text);
                ControlFlow::Continue(())
            }
            _ => {
                reason = Some(Reason::Malformed);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(reason) = reason {
        return Err(reason);
    }
    if all.split(',').filter(|m| !m.trim().is_empty()).count() > MEMBERS {
        return Err(Reason::TooLong);
    }
    Ok((!all.is_empty()).then(|| Arc::from(all)))
}
