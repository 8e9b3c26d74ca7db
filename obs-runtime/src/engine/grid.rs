//! Where a value belongs: the base-2 exponential grid, split at the declared bounds.
//!
//! Cells of the fine part are an eighth of an octave, so that a value is within 4.4 % of its cell's middle. What is too
//! small for it counts as zero; what is too large has cells of eight octaves, and one for infinity. Negative values have
//! the same cells by their absolute value.

use std::sync::{Mutex, PoisonError};

/// The resolution of the fine part: cells grow by `2^(2^-3)`.
pub(super) const SCALE: i32 = 3;
/// That of the coarse part.
pub(super) const COARSE_SCALE: i32 = -3;
/// Below `2^LOWEST` a value counts as zero.
const LOWEST: i32 = -32;
/// Above `2^HIGHEST` cells are coarse.
const HIGHEST: i32 = 48;
/// Cells of the fine part.
pub(super) const FINE: usize = 640;
/// Cells of the coarse part; infinity has the last.
pub(super) const COARSE: usize = 123;
/// The exponential index of the first fine cell, at [`SCALE`].
pub(super) const FINE_OFFSET: i32 = LOWEST << SCALE;
/// The exponential index of the first coarse cell, at [`COARSE_SCALE`].
pub(super) const COARSE_OFFSET: i32 = HIGHEST >> -COARSE_SCALE;
/// What is not farther from zero than this counts as zero: `2^LOWEST`.
pub(super) const ZERO: f64 = 1.0 / 4_294_967_296.0;

/// The fraction bits of the largest numbers not above `2^(1/8)` to `2^(7/8)`.
const EDGES: [u64; 8] = [
    0x0001_72b8_3c7d_517a,
    0x0003_06fe_0a31_b715,
    0x0004_bfda_d536_2a27,
    0x0006_a09e_667f_3bcc,
    0x0008_ace5_422a_a0db,
    0x000a_e89f_995a_d3ad,
    0x000d_5818_dcfb_a487,
    u64::MAX,
];

/// How many edges lie below a fraction that begins with these four bits; at most one more lies between it and the next.
const BELOW: [u8; 16] = [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7];

const FRACTION: u64 = (1 << 52) - 1;

/// A cell of the grid, in the order of the values in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell(i32);

/// A cell, by where its number is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Zero,
    Fine { negative: bool, at: usize },
    Coarse { negative: bool, at: usize },
}

/// Returns the fine cell of a positive number that has one.
#[inline(always)]
#[allow(clippy::indexing_slicing)] // the indices are cut to the lengths
pub(super) fn fine(value: f64) -> Option<usize> {
    const SMALLEST: u64 = ZERO.to_bits() + 1;
    const LARGEST: u64 = ((1023 + HIGHEST) as u64) << 52;
    let bits = value.to_bits();
    if bits.wrapping_sub(SMALLEST) > LARGEST - SMALLEST {
        return None; // that of a negative number has its highest bit
    }
    // A cell has its upper edge and not its lower one: the next smaller number decides.
    let below = bits - 1;
    let octave = (below >> 52) as usize - (1023 + LOWEST) as usize;
    let fraction = below & FRACTION;
    let edges = usize::from(BELOW[(fraction >> 48) as usize & 15]);
    Some(octave * 8 + edges + usize::from(EDGES[edges & 7] <= fraction))
}

impl Place {
    /// Returns where a number belongs, which must be one.
    pub(super) fn of(value: f64) -> Self {
        let (negative, bits) = (value.is_sign_negative(), value.abs().to_bits());
        if bits <= ZERO.to_bits() {
            return Place::Zero;
        }
        match fine(value.abs()) {
            Some(at) => Place::Fine { negative, at },
            None => Place::coarse(negative, bits, ((bits - 1) >> 52) as i32 - 1023 - LOWEST),
        }
    }

    #[cold]
    fn coarse(negative: bool, bits: u64, octave: i32) -> Self {
        let infinite = bits == f64::INFINITY.to_bits();
        let at = (octave - (HIGHEST - LOWEST)) as usize >> -COARSE_SCALE;
        Place::Coarse { negative, at: if infinite { COARSE - 1 } else { at } }
    }

    /// Returns its position among all cells.
    pub(super) fn cell(self) -> Cell {
        let (negative, distance) = match self {
            Place::Zero => (false, 0),
            Place::Fine { negative, at } => (negative, 1 + at),
            Place::Coarse { negative, at } => (negative, 1 + FINE + at),
        };
        let distance = distance as i32; // at most 1 + FINE + COARSE
        Cell(if negative { -distance } else { distance })
    }
}

/// The declared bounds, and the cells that they split.
#[derive(Debug)]
pub(crate) struct Splits {
    bounds: &'static [f64],
    /// Where each bound belongs.
    places: Box<[Place]>,
    /// The same, in order.
    cells: Box<[Cell]>,
    /// By fine cell of positive values: how many bounds are in cells below.
    below: Box<[u16]>,
}

impl Splits {
    /// Returns those of bounds, made once for all who have the same.
    pub(super) fn of(bounds: &'static [f64]) -> &'static Splits {
        static KNOWN: Mutex<Vec<&'static Splits>> = Mutex::new(Vec::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = known.iter().find(|s| s.bounds == bounds) {
            return same;
        }
        let new: &'static Splits = Box::leak(Box::new(Splits::new(bounds))); // as static as the bounds
        known.push(new);
        new
    }

    fn new(bounds: &'static [f64]) -> Self {
        let places: Box<[Place]> = bounds.iter().map(|bound| Place::of(*bound)).collect();
        let cells: Box<[Cell]> = places.iter().map(|place| place.cell()).collect();
        let below = |at| cells.partition_point(|c| *c < Place::Fine { negative: false, at }.cell());
        let below = (0..FINE).map(|at| u16::try_from(below(at)).unwrap_or(u16::MAX)).collect();
        Splits { bounds, places, cells, below }
    }

    pub(super) fn bounds(&self) -> &'static [f64] {
        self.bounds
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Returns [`first_bucket`](Splits::first_bucket) of a fine cell of positive values.
    #[inline(always)]
    pub(super) fn first_of_fine(&self, at: usize) -> usize {
        self.below.get(at).map_or(0, |below| usize::from(*below))
    }

    /// Returns how many bounds are in cells below: the bucket of the lowest values in a cell.
    pub(super) fn first_bucket(&self, place: Place) -> usize {
        match place {
            Place::Fine { negative: false, at } => self.first_of_fine(at),
            _ => self.cells.partition_point(|cell| *cell < place.cell()),
        }
    }

    /// Returns a value's bucket: how many bounds are below it. `first` is that of its cell.
    #[inline(always)]
    pub(super) fn bucket(&self, first: usize, value: f64) -> usize {
        let mut bucket = first;
        while self.bounds.get(bucket).is_some_and(|bound| *bound < value) {
            bucket += 1;
        }
        bucket
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking
mod tests {
    use super::*;

    fn index(value: f64) -> usize {
        match Place::of(value) {
            Place::Fine { negative: false, at } => at,
            other => panic!("{value} is {other:?}"),
        }
    }

    #[test]
    fn a_cell_has_its_upper_edge_and_not_its_lower_one() {
        for octave in -31..48 {
            let power = 2.0_f64.powi(octave);
            let last = usize::try_from((octave - LOWEST) * 8).unwrap() - 1;
            assert_eq!(index(power), last, "{power}");
            assert_eq!(index(power.next_down()), last, "{power}");
            if octave < 47 {
                assert_eq!(index(power.next_up()), last + 1, "{power}");
            }
            for eighth in 1..8 {
                let bits = power.to_bits() | EDGES[eighth - 1];
                if octave < 47 {
                    assert_eq!(index(f64::from_bits(bits)), last + eighth);
                    assert_eq!(index(f64::from_bits(bits + 1)), last + eighth + 1);
                }
            }
        }
    }

    #[test]
    fn the_edges_are_powers_of_the_eighth_root_of_two() {
        for (eighth, edge) in EDGES.iter().take(7).enumerate() {
            let edge = f64::from_bits(1.0_f64.to_bits() | edge);
            let root = 2.0_f64.powf((eighth as f64 + 1.0) / 8.0);
            assert!((edge - root).abs() <= f64::EPSILON, "{edge} {root}");
        }
    }

    #[test]
    fn no_number_is_without_a_cell() {
        assert_eq!(Place::of(0.0), Place::Zero);
        assert_eq!(Place::of(-0.0), Place::Zero);
        assert_eq!(Place::of(f64::from_bits(1)), Place::Zero);
        assert_eq!(Place::of(f64::MIN_POSITIVE), Place::Zero);
        assert_eq!(Place::of(-ZERO), Place::Zero);
        assert_eq!(Place::of(ZERO.next_up()), Place::Fine { negative: false, at: 0 });
        let highest = 2.0_f64.powi(HIGHEST);
        assert_eq!(Place::of(highest), Place::Fine { negative: false, at: FINE - 1 });
        assert_eq!(Place::of(-highest.next_up()), Place::Coarse { negative: true, at: 0 });
        assert_eq!(Place::of(f64::MAX), Place::Coarse { negative: false, at: COARSE - 2 });
        assert_eq!(Place::of(f64::NEG_INFINITY), Place::Coarse { negative: true, at: COARSE - 1 });
    }

    #[test]
    fn cells_are_in_the_order_of_their_values() {
        let mut former = Place::of(f64::NEG_INFINITY).cell();
        let mut value = f64::MIN;
        while value < f64::MAX {
            let cell = Place::of(value).cell();
            assert!(cell >= former, "{value}");
            former = cell;
            value += value.abs().mul_add(0.01, 1e-12);
        }
    }
}
