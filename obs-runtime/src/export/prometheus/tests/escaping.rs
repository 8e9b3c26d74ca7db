//! Any text in any place: it comes back as it was, and nothing else is there.

use super::*;

/// Texts made of what is special to the formats, of characters of one to four bytes, and of what looks like both.
struct Texts(u64);

impl Texts {
    const PARTS: [&str; 20] = [
        "\\",
        "\"",
        "\n",
        "\\n",
        "\\\"",
        "\\\\",
        "{",
        "}",
        ",",
        "=",
        " ",
        "#",
        "# EOF",
        "\r",
        "\t",
        "a",
        "é",
        "\u{2028}",
        "\u{1f980}",
        "\0",
    ];

    fn number(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize
    }

    fn next(&mut self) -> String {
        (0..self.number() % 9)
            .filter_map(|_| Self::PARTS.get(self.number() % Self::PARTS.len()))
            .copied()
            .collect()
    }
}

/// Reads an escaped text up to a quote that is not escaped, or to the end; returns what is behind it too.
fn unescape(text: &str, is_open: bool, is_quoted: bool) -> (String, &str) {
    let (mut plain, mut chars) = (String::new(), text.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' if is_quoted => return (plain, text.get(at + 1..).unwrap()),
            '\\' => match chars.next().unwrap().1 {
                'n' => plain.push('\n'),
                '"' if is_quoted || is_open => plain.push('"'),
                '\\' => plain.push('\\'),
                other => unreachable!("no escape: \\{other}"),
            },
            c => plain.push(c),
        }
    }
    assert!(!is_quoted, "no quote at the end of {text}");
    (plain, "")
}

#[test]
fn help_and_label_values_come_back_as_they_were() {
    let mut texts = Texts(0x0b5);
    for _ in 0..1_500 {
        let (help, first, second) = (texts.next(), texts.next(), texts.next());
        let shown = [help.clone(), first.clone(), second.clone()];
        let source = move |visitor: &mut dyn MetricVisitor| {
            let [help, first, second] = &shown;
            family(visitor, "g", help, "", MetricKind::Gauge);
            // Twice: what is kept from the series before must not matter.
            visitor.point(&[("a", first), ("b", second)], Point::Gauge(1.0));
            visitor.point(&[("a", first), ("b", first)], Point::Gauge(2.0));
            visitor.point(&[("a", first), ("b", second)], Point::Gauge(3.0));
        };
        for (format, is_open) in [(Format::Text, false), (Format::OpenMetrics, true)] {
            let text = text_of(format, vec![Arc::new(Source(source.clone()))]);
            let mut lines: Vec<&str> = text.split('\n').collect();
            assert_eq!(lines.pop(), Some(""));
            assert_eq!(is_open, lines.pop_if(|l| *l == "# EOF").is_some());
            if !help.is_empty() {
                let escaped = lines.remove(0).strip_prefix("# HELP g ").unwrap();
                assert_eq!(unescape(escaped, is_open, false).0, help);
            }
            let [_kind, samples @ ..] = &lines[..] else { unreachable!("{text}") };
            let expected = [(&first, &second, " 1"), (&first, &first, " 2"), (&first, &second, " 3")];
            assert_eq!(samples.len(), expected.len(), "{text}");
            for (line, (a, b, value)) in samples.iter().zip(expected) {
                let (found, rest) = unescape(line.strip_prefix("g{a=\"").unwrap(), is_open, true);
                assert_eq!(&found, a);
                let (found, rest) = unescape(rest.strip_prefix(",b=\"").unwrap(), is_open, true);
                assert_eq!((&found, rest.strip_prefix('}')), (b, Some(value)));
            }
        }
    }
}
