//! Measurements: gathered over the rounds, shown as a table and as JSON lines.

use std::fmt::Write as _;

/// One subject in one case, with a value per round.
struct Row {
    case: &'static str,
    variant: String,
    subject: String,
    unit: &'static str,
    values: Vec<f64>,
}

/// Everything that was measured.
#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    /// Adds the value of one round.
    pub fn add(&mut self, case: &'static str, variant: &str, subject: &str, unit: &'static str, value: f64) {
        let row = self.0.iter_mut().find(|r| r.case == case && r.variant == variant && r.subject == subject);
        match row {
            Some(row) => row.values.push(value),
            None => {
                let (variant, subject) = (variant.to_owned(), subject.to_owned());
                self.0.push(Row { case, variant, subject, unit, values: vec![value] });
            }
        }
    }

    /// Draws the table.
    pub fn table(&self) -> String {
        let mut text =
            "| case | variant | subject | median | min | max | unit |\n|---|---|---|---|---|---|---|\n"
                .to_owned();
        for row in &self.0 {
            let (median, min, max) = row.summary();
            let Row { case, variant, subject, unit, .. } = row;
            let _strings_take_everything = writeln!(
                text,
                "| {case} | {variant} | {subject} | {median:.3} | {min:.3} | {max:.3} | {unit} |"
            );
        }
        text
    }

    /// Writes one JSON object a line; none of the texts needs escaping.
    pub fn json(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let (median, min, max) = row.summary();
            let Row { case, variant, subject, unit, .. } = row;
            let _strings_take_everything = writeln!(
                text,
                "{{\"case\": \"{case}\", \"variant\": \"{variant}\", \"subject\": \"{subject}\", \"unit\": \"{unit}\", \
                 \"median\": {median}, \"min\": {min}, \"max\": {max}}}"
            );
        }
        text
    }
}

impl Row {
    fn summary(&self) -> (f64, f64, f64) {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        let at = |index: usize| values.get(index).copied().unwrap_or(f64::NAN);
        (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)))
    }
}
