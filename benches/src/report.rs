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
pub struct Report {
    rows: Vec<Row>,
    notes: Vec<String>,
}

impl Report {
    /// Adds the value of one round.
    pub fn add(&mut self, case: &'static str, variant: &str, subject: &str, unit: &'static str, value: f64) {
        let row =
            self.rows.iter_mut().find(|r| r.case == case && r.variant == variant && r.subject == subject);
        match row {
            Some(row) => row.values.push(value),
            None => {
                let (variant, subject) = (variant.to_owned(), subject.to_owned());
                self.rows.push(Row { case, variant, subject, unit, values: vec![value] });
            }
        }
    }

    /// Says below the table what it does not show.
    pub fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Draws the table: the subjects of one case and variant stand together.
    pub fn table(&self) -> String {
        let mut text = "| case | variant | subject | median | min | max | unit | ratio to the best peer |\n\
                        |---|---|---|---|---|---|---|---|\n"
            .to_owned();
        let mut shown: Vec<&Row> = Vec::new();
        for first in &self.rows {
            if shown.iter().any(|s| s.is_beside(first)) {
                continue;
            }
            shown.push(first);
            for row in self.group(first) {
                let (median, min, max) = row.summary();
                let Row { case, variant, subject, unit, .. } = row;
                let ratio = self.best_peer(row).map_or(String::new(), |best| format!("{:.3}", median / best));
                let _strings_take_everything = writeln!(
                    text,
                    "| {case} | {variant} | {subject} | {median:.3} | {min:.3} | {max:.3} | {unit} | {ratio} |"
                );
            }
        }
        for note in &self.notes {
            let _strings_take_everything = writeln!(text, "\n{note}");
        }
        text
    }

    /// Draws the medians alone: a line for each case and variant, a column for each subject.
    pub fn summary(&self) -> String {
        let mut subjects: Vec<&str> = Vec::new();
        let mut lines: Vec<&Row> = Vec::new();
        for row in &self.rows {
            if !subjects.contains(&row.subject.as_str()) {
                subjects.push(&row.subject);
            }
            if !lines.iter().any(|l| l.is_beside(row)) {
                lines.push(row);
            }
        }
        let mut text = format!("| case | unit | {} |\n", subjects.join(" | "));
        text += &format!("|---|---|{}\n", "---:|".repeat(subjects.len()));
        for line in lines {
            text += &format!("| {}, {} | {} |", line.case, line.variant, line.unit);
            for subject in &subjects {
                let cell = self.group(line).find(|r| r.subject == *subject).map(|r| median(&r.values));
                text += &cell.map_or("  |".to_owned(), |value| format!(" {} |", short(value)));
            }
            text.push('\n');
        }
        text
    }

    /// Writes one JSON object a line; none of the texts needs escaping.
    pub fn json(&self) -> String {
        let mut text = String::new();
        for row in &self.rows {
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

    fn group<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(|r| r.is_beside(row))
    }

    /// Returns the least median among the peers beside `row`; `None` where there is none to divide by. Shares and losses
    /// have no ratio.
    fn best_peer(&self, row: &Row) -> Option<f64> {
        let peers = self.group(row).filter(|r| r.is_peer()).map(|r| r.summary().0);
        let best = peers.min_by(f64::total_cmp)?;
        (best > 0.0 && row.unit != "%").then_some(best)
    }
}

impl Row {
    fn is_beside(&self, other: &Row) -> bool {
        self.case == other.case && self.variant == other.variant
    }

    /// Neither ours nor a floor.
    fn is_peer(&self) -> bool {
        !["obs", "bare", "floor"].iter().any(|own| self.subject.starts_with(own))
    }

    fn summary(&self) -> (f64, f64, f64) {
        let of = |choose: fn(f64, f64) -> f64| self.values.iter().copied().reduce(choose).unwrap_or(f64::NAN);
        (median(&self.values), of(f64::min), of(f64::max))
    }
}

/// Three digits are what a measurement is good for.
fn short(value: f64) -> String {
    let decimals = if value >= 100.0 || value == 0.0 { 0 } else { 1 + usize::from(value < 10.0) };
    format!("{value:.decimals$}")
}

/// Returns the middle value; of an even number, the upper of the two.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_to_the_best_peer_in_the_same_row_of_subjects() {
        let mut report = Report::default();
        for (variant, subject, values) in [
            ("a", "bare", [1.0, 1.0, 1.0]),
            ("a", "obs", [30.0, 10.0, 20.0]),
            ("a", "slow", [400.0, 500.0, 450.0]),
            ("b", "obs", [7.0, 7.0, 7.0]),
            ("a", "fast", [41.0, 39.0, 40.0]),
        ] {
            for value in values {
                report.add("P1", variant, subject, "ns/op", value);
            }
        }
        let table = report.table();
        let lines: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(lines[1], "| P1 | a | obs | 20.000 | 10.000 | 30.000 | ns/op | 0.500 |");
        assert_eq!(lines[3], "| P1 | a | fast | 40.000 | 39.000 | 41.000 | ns/op | 1.000 |");
        assert_eq!(lines[4], "| P1 | b | obs | 7.000 | 7.000 | 7.000 | ns/op |  |");
        let summary = report.summary();
        assert!(summary.contains("| P1, a | ns/op | 1.00 | 20.0 | 450 | 40.0 |\n"), "{summary}");
        assert!(summary.contains("| P1, b | ns/op |  | 7.00 |  |  |\n"), "{summary}");
        let json = "{\"case\": \"P1\", \"variant\": \"b\", \"subject\": \"obs\", \"unit\": \"ns/op\", \
                    \"median\": 7, \"min\": 7, \"max\": 7}\n";
        assert!(report.json().contains(json));
    }
}
