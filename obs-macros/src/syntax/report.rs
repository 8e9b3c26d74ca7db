//! `err`, `ret(level = "debug", Display)`: an event about what a call returned.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Result, Token};

use super::args::each;
use super::value::{self, Level};
use crate::diag::Errors;

/// How a returned value is told.
#[derive(Clone, Default)]
pub(crate) struct Report {
    pub(crate) level: Option<Level>,
    /// `None` where nothing was said.
    pub(crate) render: Option<ReportBy>,
}

/// By what a returned value is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportBy {
    Display,
    Debug,
}

/// Reads what stands between the parentheses; collects every mistake in it.
pub(super) fn read(key: &Ident, input: ParseStream<'_>) -> Result<Report> {
    let mut report = Report::default();
    let mut errors = Errors::default();
    each(input, &mut errors, |input| read_one(key, &mut report, input));
    errors.finish(report)
}

fn read_one(key: &Ident, report: &mut Report, input: ParseStream<'_>) -> Result<()> {
    let Ok(word) = input.call(Ident::parse_any) else {
        return Err(input.error(format!("expected an option of `{key}`; {ACCEPTED}")));
    };
    let twice = |said: bool| {
        let message = format!("`{key}` is told its `{word}` twice; remove one of them");
        if said { Err(Error::new(word.span(), message)) } else { Ok(()) }
    };
    match word.to_string().as_str() {
        "level" => {
            let level = read_level(&word, input)?;
            twice(report.level.is_some())?;
            report.level = Some(level);
        }
        name @ ("Debug" | "Display") => {
            if report.render.is_some() {
                let message = format!("`{key}` shows its value in one way; keep `Debug` or `Display`");
                return Err(Error::new(word.span(), message));
            }
            report.render = Some(if name == "Debug" { ReportBy::Debug } else { ReportBy::Display });
        }
        _ => {
            let message = format!("unknown option `{word}` of `{key}`; {ACCEPTED}");
            return Err(Error::new(word.span(), message));
        }
    }
    Ok(())
}

const ACCEPTED: &str = "accepted: `level = \"...\"`, `Debug`, `Display`";

fn read_level(word: &Ident, input: ParseStream<'_>) -> Result<Level> {
    if !input.peek(Token![=]) {
        return Err(Error::new(word.span(), "`level` needs a value; write `level = \"info\"`"));
    }
    input.parse::<Token![=]>()?;
    let expr: Expr = input.parse()?;
    value::level(word, expr)
}
