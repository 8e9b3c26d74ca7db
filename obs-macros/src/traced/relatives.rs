//! `parent`, `link`, `follows_from`: the spans that a span is given by hand.

use syn::{Error, Expr, Result};

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
    /// Reads them; refuses a parent of what has none.
    pub(super) fn read(args: &Args) -> Result<Self> {
        let mut errors = Errors::default();
        if let (Some(parent), Some(_)) = (args.get("parent"), args.flag("root")) {
            let message = "`root` starts a trace, and `parent` continues one; remove one of them";
            errors.push(Error::new(parent.key.span(), message));
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
