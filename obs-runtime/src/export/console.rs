//! Log records as lines on stderr.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::ledger::{Account, Ledger, Reason, Signal};
use super::text::{is_unsafe, write_escaped, write_json_string, write_time, write_with};
use crate::record::{Attribute, LogRecord, Severity, Value};

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: time, level, service, target, message, fields.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// A writer of log lines. Each record is exactly one line and one `write_all`, whatever its texts hold.
pub(crate) struct Console {
    format: LogFormat,
    colored: bool,
    account: Arc<Account>,
    writer: Mutex<Box<dyn Write + Send>>,
}

thread_local! {
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Lines beyond this are rare; their memory is given back.
const KEPT_CAPACITY: usize = 16 * 1024;

impl Console {
    /// Writes to stderr, in colour where that is a terminal and `NO_COLOR` is unset or empty.
    pub(crate) fn stderr(format: LogFormat, ledger: &Ledger) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let colored = !plain && std::io::stderr().is_terminal();
        Console { colored, ..Console::new(format, Box::new(std::io::stderr()), ledger) }
    }

    /// Writes to `writer`, without colour.
    pub(crate) fn new(format: LogFormat, writer: Box<dyn Write + Send>, ledger: &Ledger) -> Self {
        Console {
            format,
            colored: false,
            account: ledger.account(Signal::Logs, "stderr", &[Reason::Refused]),
            writer: Mutex::new(writer),
        }
    }

    /// Writes one record. Blocks as long as the writer does; its errors are counted as `refused`.
    pub(crate) fn write(&self, record: &LogRecord) {
        self.account.accepted(1);
        let written = LINE.try_with(|line| match line.try_borrow_mut() {
            Ok(mut line) => self.write_through(&mut line, record),
            Err(_) => self.write_through(&mut String::new(), record),
        });
        match written.unwrap_or_else(|_| self.write_through(&mut String::new(), record)) {
            Ok(()) => self.account.exported(1),
            Err(_) => self.account.dropped(Reason::Refused, 1),
        }
    }

    fn write_through(&self, line: &mut String, record: &LogRecord) -> std::io::Result<()> {
        line.clear();
        let formatted = match self.format {
            LogFormat::Pretty => write_pretty(line, record, self.colored),
            LogFormat::Json => write_json(line, record),
        };
        line.push('\n');
        let result = formatted.map_err(std::io::Error::other).and_then(|()| {
            let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            writer.write_all(line.as_bytes())
        });
        line.clear();
        line.shrink_to(KEPT_CAPACITY);
        result
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("format", &self.format).finish_non_exhaustive()
    }
}

const DIM: &str = "\u{1b}[2m";
const RESET: &str = "\u{1b}[0m";

fn color(severity: Severity) -> &'static str {
    match severity {
        Severity::Trace => "\u{1b}[35m",
        Severity::Debug => "\u{1b}[34m",
        Severity::Info => "\u{1b}[32m",
        Severity::Warn => "\u{1b}[33m",
        Severity::Error => "\u{1b}[31m",
    }
}

/// Writes a log record for people, without colour and without the end of its line.
pub(super) fn write_record(out: &mut String, record: &LogRecord) -> fmt::Result {
    write_pretty(out, record, false)
}

/// Writes attributes as ` name=value`, without colour.
pub(super) fn write_attributes(out: &mut String, attributes: &[Attribute]) -> fmt::Result {
    write_fields(out, attributes, ("", ""))
}

fn write_fields(out: &mut String, attributes: &[Attribute], (dim, reset): (&str, &str)) -> fmt::Result {
    for Attribute { key, value } in attributes {
        write!(out, " {dim}")?;
        write_escaped(out, key)?;
        write!(out, "={reset}")?;
        match value {
            Value::Str(text) => write_word(out, text)?,
            other => write!(out, "{other}")?,
        }
    }
    Ok(())
}

fn write_pretty(out: &mut String, record: &LogRecord, colored: bool) -> fmt::Result {
    let (dim, level, reset) = if colored { (DIM, color(record.severity), RESET) } else { ("", "", "") };
    out.write_str(dim)?;
    write_time(out, record.time_unix_nanos, 3)?;
    write!(out, "{reset} {level}{:>5}{reset} ", record.severity.as_str())?;
    write_escaped(out, &record.resource.service)?;
    write!(out, " {dim}")?;
    write_escaped(out, &record.target)?;
    write!(out, ":{reset} ")?;
    write_escaped(out, &record.body)?;
    write_fields(out, &record.attributes, (dim, reset))?;
    if let Some(context) = &record.context {
        write!(out, " {dim}trace_id={} span_id={}{reset}", context.trace_id, context.span_id)?;
    }
    if let Some(id) = &record.correlation_id {
        write!(out, " {dim}correlation_id=")?;
        write_word(out, id)?;
        out.write_str(reset)?;
    }
    Ok(())
}

/// Writes a field's text: as it is where it is one plain word, else in quotes.
fn write_word(out: &mut String, text: &str) -> fmt::Result {
    let plain = |c: char| !c.is_whitespace() && !is_unsafe(c) && !matches!(c, '"' | '=' | '\\');
    if !text.is_empty() && text.chars().all(plain) {
        return out.write_str(text);
    }
    out.write_char('"')?;
    write_with(
        out,
        text,
        |c| is_unsafe(c) || matches!(c, '"' | '\\'),
        |out, c| match c {
            '"' | '\\' => write!(out, "\\{c}"),
            c => write_escaped(out, c.encode_utf8(&mut [0; 4])),
        },
    )?;
    out.write_char('"')
}

fn write_json(out: &mut String, record: &LogRecord) -> fmt::Result {
    out.write_str("{\"timestamp\":\"")?;
    write_time(out, record.time_unix_nanos, 6)?;
    write!(out, "\",\"level\":\"{}\",\"target\":", record.severity.as_str())?;
    write_json_string(out, &record.target)?;
    out.write_str(",\"message\":")?;
    write_json_string(out, &record.body)?;
    out.write_str(",\"fields\":{")?;
    for (index, attribute) in record.attributes.iter().enumerate() {
        if index > 0 {
            out.write_char(',')?;
        }
        write_json_string(out, &attribute.key)?;
        out.write_char(':')?;
        write_json_value(out, &attribute.value)?;
    }
    out.write_char('}')?;
    if let Some(context) = &record.context {
        write!(out, ",\"trace_id\":\"{}\",\"span_id\":\"{}\"", context.trace_id, context.span_id)?;
    }
    if let Some(id) = &record.correlation_id {
        out.write_str(",\"correlation_id\":")?;
        write_json_string(out, id)?;
    }
    if let Some(span) = &record.span {
        out.write_str(",\"span\":")?;
        write_json_string(out, span)?;
    }
    out.write_str(",\"service.name\":")?;
    write_json_string(out, &record.resource.service)?;
    out.write_char('}')
}

/// JSON has no infinities and no NaN; they are written as texts.
fn write_json_value(out: &mut String, value: &Value) -> fmt::Result {
    match value {
        Value::Bool(v) => write!(out, "{v}"),
        Value::Int(v) => write!(out, "{v}"),
        Value::Double(v) if v.is_finite() => write!(out, "{v:?}"),
        Value::Double(v) => write!(out, "\"{v}\""),
        Value::Str(v) => write_json_string(out, v),
    }
}

#[cfg(test)]
mod tests;
