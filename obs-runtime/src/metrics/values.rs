//! The values a label may have, and how those of several labels fold to the number of a series.

use super::dictionary::Dictionary;

/// The values of one label.
#[derive(Clone, Copy, Debug)]
pub enum LabelValues {
    /// Known when the program is compiled.
    Fixed(&'static [&'static str]),
    /// Met when it runs; bounded.
    Dynamic {
        /// Those met so far.
        met: &'static Dictionary,
        /// How many there may be: no constant can read it in the dictionary, which changes.
        max: usize,
    },
}

/// What a label is in one series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Is(&'static str),
    /// One of those that came too late.
    Overflow,
}

impl LabelValues {
    /// How many there may be.
    const fn max(self) -> usize {
        match self {
            LabelValues::Fixed(values) => values.len(),
            LabelValues::Dynamic { max, .. } => max,
        }
    }

    /// How many numbers they take up.
    const fn numbers(self) -> usize {
        match self {
            LabelValues::Fixed(values) => values.len(),
            LabelValues::Dynamic { max, .. } => max.saturating_add(1),
        }
    }

    /// Those that have been met, with their numbers, which have no gaps.
    fn met(self) -> impl Iterator<Item = (usize, Text)> {
        let known = (0..self.max()).map_while(move |number| Some((number, self.text(number)?)));
        known.chain(self.text(self.max()).map(|others| (self.max(), others)))
    }

    /// The value with this number; `None` where none has it yet.
    fn text(self, number: usize) -> Option<Text> {
        match self {
            LabelValues::Fixed(values) => values.get(number).copied().map(Text::Is),
            LabelValues::Dynamic { met, max } if number == max => {
                met.has_overflowed().then_some(Text::Overflow)
            }
            LabelValues::Dynamic { met, .. } => met.value(number).map(Text::Is),
        }
    }
}

/// Returns the number of series of labels that have these values; saturates.
pub(super) const fn series(labels: &[LabelValues]) -> usize {
    let (mut product, mut rest) = (1_usize, labels);
    while let [first, others @ ..] = rest {
        product = product.saturating_mul(first.max());
        rest = others;
    }
    product
}

/// The numbers that the series take up: those of the values that came too late are among them.
pub(super) const fn numbers(labels: &[LabelValues]) -> usize {
    let (mut product, mut rest) = (1_usize, labels);
    while let [first, others @ ..] = rest {
        product = product.saturating_mul(first.numbers());
        rest = others;
    }
    product
}

/// Folds positions to the number of a series; the last label changes fastest. `labels` are positions and set sizes.
#[inline]
pub fn series_index(labels: &[(usize, usize)]) -> usize {
    labels.iter().fold(0, |index, (at, size)| index * size + at)
}

/// Undoes [`series_index`] for every series whose values have been met, in the order of their numbers.
pub(super) fn walk(labels: &[LabelValues], visit: &mut impl FnMut(usize, &[Text])) {
    step(labels, 0, &mut Vec::with_capacity(labels.len()), visit);
}

/// `before` is the number that the labels before these fold to.
fn step(
    labels: &[LabelValues],
    before: usize,
    texts: &mut Vec<Text>,
    visit: &mut impl FnMut(usize, &[Text]),
) {
    let Some((label, rest)) = labels.split_first() else { return visit(before, texts) };
    let first = before * label.numbers();
    let mut with = |number, text| {
        texts.push(text);
        if rest.is_empty() {
            visit(first + number, texts); // most steps are these: without a call
        } else {
            step(rest, first + number, texts, visit);
        }
        texts.pop();
    };
    match label {
        LabelValues::Fixed(values) => values.iter().enumerate().for_each(|(n, text)| with(n, Text::Is(text))),
        LabelValues::Dynamic { .. } => label.met().for_each(|(number, text)| with(number, text)),
    }
}

/// Returns the number of the series that has these values; `None` where one of them has not been met.
pub(super) fn find(labels: &[LabelValues], texts: &[Text]) -> Option<usize> {
    labels.iter().zip(texts).try_fold(0, |index, (label, text)| {
        let (number, _) = label.met().find(|(_, own)| own == text)?;
        Some(index * label.numbers() + number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(labels: &[LabelValues]) -> Vec<(usize, Vec<Text>)> {
        let mut all = Vec::new();
        walk(labels, &mut |series, texts| all.push((series, texts.to_vec())));
        all
    }

    #[test]
    fn every_series_unfolds_to_the_labels_it_was_folded_from() {
        const SETS: [&[&str]; 3] = [&["a", "b"], &["x", "y", "z"], &["0", "1"]];
        let values = SETS.map(LabelValues::Fixed);
        assert_eq!(series(&values), 12);
        let unfolded = all(&values);
        for (a, b, c) in (0..12).map(|i| (i / 6, i / 2 % 3, i % 2)) {
            let index = series_index(&[(a, 2), (b, 3), (c, 2)]);
            let all: Vec<Text> = SETS
                .iter()
                .zip([a, b, c])
                .filter_map(|(set, at)| set.get(at).copied().map(Text::Is))
                .collect();
            assert_eq!(unfolded.get(index), Some(&(index, all.clone())));
            assert_eq!(find(&values, &all), Some(index));
        }
        assert_eq!(unfolded.len(), 12);
        assert_eq!(find(&values, &[Text::Is("a"), Text::Is("x"), Text::Is("2")]), None);
        assert_eq!(series(&[]), 1);
        assert_eq!(series_index(&[]), 0);
        assert_eq!(all(&[]), [(0, Vec::new())]);
    }
}
