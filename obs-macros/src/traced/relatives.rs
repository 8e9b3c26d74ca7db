//! `parent`, `link`, `follows_from`: the spans that a span is given by hand.

use syn::{Error, Expr, Result};

use super::model::Kind;
use crate::diag::Errors;
use crate::syntax::{Args, Value};

/// The spans that a span is given by hand.
#[derive(Default)]
pub(crate) struct Relatives {
    pub(super) parent: Option<Expr>,
    pub(super) link: Option<Expr>,
    pub(super) follows_from: Option<Expr>,
}

impl Relatives {
    /// Reads them; refuses a second parent.
    pub(super) fn read(args: &Args, kind: Kind) -> Result<Self> {
        let mut errors = Errors::default();
        if let Some(parent) = args.get("parent") {
            let mut refuse = |message: &str| errors.push(Error::new(parent.key.span(), message));
            if args.flag("root").is_some() {
                refuse("`root` starts a trace, and `parent` continues one; remove one of them");
            }
            if kind == Kind::Consumer && args.get("envelope").is_some() {
                refuse(
                    "`envelope` brings the sender as the parent; remove `parent`, or write `link` instead",
                );
            }
        }
        let expr = |key| match args.get(key).map(|arg| &arg.value) {
            Some(Value::Expr(expr)) => Some(expr.clone()),
            _ => None,
        };
        errors.finish(Relatives {
            parent: expr("parent"),
            link: expr("link"),
            follows_from: expr("follows_from"),
        })
    }

    /// Tells whether there is any.
    pub(super) fn is_any(&self) -> bool {
        self.parent.is_some() || self.link.is_some() || self.follows_from.is_some()
    }
}
