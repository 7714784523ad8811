//! What was learned from sentences: a linear model over runs of characters and concepts, small enough to stand in the
//! program. [`train`] makes it anew from `src/language/training`; see `docs/language.md`.

mod concepts;
mod features;
mod sentences;
mod training;

pub use concepts::words_of;
pub use sentences::{Faulty, Sentence, sentences};
pub use training::{Trained, train};

pub(super) use features::{Feature, features};

use super::objections::Category;

/// The weights as [`train`] wrote them: a bias for each head, the features' hashes in order, and their rows of half a
/// byte a head.
const WEIGHTS: &[u8] = include_bytes!("weights.bin");

/// Categories, then "no objection".
const CLASSES: usize = Category::ALL.len() + 1;
/// Classes, then "has content".
const HEADS: usize = CLASSES + 1;
const NO_OBJECTION: usize = CLASSES - 1;
const CONTENT: usize = HEADS - 1;

/// A weight of 1 is so many steps.
const STEPS: f32 = 2.0;
/// A bias of 1 is so many steps.
const BIAS_STEPS: f32 = 256.0;
/// Steps are kept from -8 on, in half a byte.
const LOWEST: i8 = -8;
/// Bytes of a feature's row.
const ROW: usize = HEADS / 2;

/// What each head makes of a text.
pub(super) type Heads = [f32; HEADS];

/// Where the parts of the weights stand: biases (i16), then hashes (u32), then rows.
struct Weights<'a> {
    biases: &'a [u8],
    hashes: &'a [u8],
    rows: &'a [u8],
}

impl<'a> Weights<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let (biases, rest) = bytes.split_at_checked(2 * HEADS).unwrap_or_default();
        let count = rest.len() / (4 + ROW);
        let (hashes, rows) = rest.split_at_checked(4 * count).unwrap_or_default();
        Self { biases, hashes, rows }
    }

    /// The weights of a feature for each head; none for one that is not known.
    fn row(&self, hash: u32) -> impl Iterator<Item = f32> + use<'a> {
        let (hashes, _) = self.hashes.as_chunks::<4>();
        let at = hashes.binary_search_by_key(&hash, |bytes| u32::from_le_bytes(*bytes)).ok();
        let row = at.and_then(|at| self.rows.get(at * ROW..(at + 1) * ROW)).unwrap_or_default();
        row.iter().flat_map(|both| [both & 15, both >> 4]).map(|half| {
            let steps = i8::from_le_bytes([half]) + LOWEST;
            f32::from(steps) / STEPS
        })
    }
}

/// A feature's value among so many: a text's features weigh as one, however long it is.
fn value(count: usize) -> f32 {
    let count = f32::from(u16::try_from(count.max(1)).unwrap_or(u16::MAX));
    1.0 / count.sqrt()
}

/// What the heads make of `found`.
pub(super) fn heads(found: &[Feature]) -> Heads {
    heads_by(WEIGHTS, found)
}

fn heads_by(weights: &[u8], found: &[Feature]) -> Heads {
    let weights = Weights::of(weights);
    let mut sums = [0.0; HEADS];
    for feature in found {
        for (sum, weight) in sums.iter_mut().zip(weights.row(feature.hash)) {
            *sum += weight;
        }
    }
    let value = value(found.len());
    let (biases, _) = weights.biases.as_chunks::<2>();
    for (sum, bias) in sums.iter_mut().zip(biases) {
        *sum = *sum * value + f32::from(i16::from_le_bytes(*bias)) / BIAS_STEPS;
    }
    sums
}

/// How likely each category is, and that there is no objection, last; they sum to 1.
pub(super) fn likely(heads: &Heads) -> [f32; CLASSES] {
    let mut likely = [0.0; CLASSES];
    let most = heads.iter().take(CLASSES).fold(f32::MIN, |most, head| most.max(*head));
    for (likely, head) in likely.iter_mut().zip(heads) {
        *likely = exp(head - most);
    }
    let sum: f32 = likely.iter().sum();
    likely.map(|each| each / sum)
}

/// How likely the text tells something.
pub(super) fn content(heads: &Heads) -> f32 {
    1.0 / (1.0 + exp(-heads[CONTENT]))
}

/// What `feature` speaks for `category`, against the mean of all.
pub(super) fn speaks_for(feature: &Feature, category: Category) -> f32 {
    let weights = Weights::of(WEIGHTS);
    let sum: f32 = weights.row(feature.hash).take(CLASSES).sum();
    let own = weights.row(feature.hash).nth(category as usize).unwrap_or_default();
    own - sum / f32::from(u8::try_from(CLASSES).unwrap_or(1))
}

/// eˣ to seven digits by basic arithmetic alone, so that training gives the same bytes on every machine.
fn exp(x: f32) -> f32 {
    let x = x.clamp(-60.0, 60.0) / 256.0;
    let mut power = 1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0)));
    for _ in 0..8 {
        power *= power;
    }
    power
}
