//! From sentences to weights: logistic regression by stochastic gradient descent (AdaGrad), seeded, in basic arithmetic
//! alone, so that the same sentences give the same bytes everywhere.

use std::collections::BTreeMap;

use super::features::features;
use super::sentences::{Faulty, Sentence, sentences};
use super::{
    BIAS_STEPS, CLASSES, CONTENT, HEADS, Heads, LOWEST, NO_OBJECTION, ROW, STEPS, content, likely, value,
};

/// The file of openings and endings that are put around sentences.
const FRAMES: &str = "frames";
/// So many features are kept, those that tell most.
const KEPT: usize = 40_000;
/// A feature of fewer sentences tells nothing.
const SELDOM: u32 = 2;
const EPOCHS: u32 = 8;
/// So many features in a hundred are left out at each look, so that none is relied on alone.
const DROPPED: usize = 20;
const RATE: f32 = 0.2;
/// How strongly weights are drawn to zero.
const DECAY: f32 = 2e-5;
const SEED: u64 = 20_261_125;

/// What came of a training.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trained {
    /// The content of `weights.bin`.
    pub weights: Vec<u8>,
    /// Sentences learned from, without those put together of several.
    pub sentences: usize,
}

/// Learns from `files`, each its name without ending and its text, in the order given.
pub fn train(files: &[(&str, &str)]) -> Result<Trained, Faulty> {
    let mut told = Vec::new();
    for (_, text) in files.iter().filter(|(name, _)| *name != FRAMES) {
        told.extend(sentences(text)?);
    }
    let frames = files.iter().find(|(name, _)| *name == FRAMES).map_or("", |(_, text)| text);
    let mut dice = Dice(SEED);
    let texts = varied(&told, &Frames::of(frames), &mut dice);
    let found: Vec<Vec<u32>> = texts
        .iter()
        .map(|sentence| {
            let chars: Vec<char> = sentence.text.chars().collect();
            features(&chars).into_iter().map(|feature| feature.hash).collect()
        })
        .collect();
    let labels: Vec<Label> = texts.iter().map(Label::of).collect();
    let kept = telling(&found, &labels);
    let examples: Vec<Example> = found
        .iter()
        .zip(labels)
        .map(|(hashes, label)| Example {
            known: hashes.iter().filter_map(|hash| kept.binary_search(hash).ok()).collect(),
            value: value(hashes.len()),
            label,
        })
        .collect();
    let learner = learn(&examples, kept.len(), &mut dice);
    Ok(Trained { weights: learner.bytes(&kept), sentences: told.len() })
}

/// A linear congruential generator; its upper bits are good enough to shuffle by.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let upper = usize::try_from(self.0 >> 33).unwrap_or_default();
        upper % limit.max(1)
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.below(from.len()))
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// What stands before and behind a sentence without changing what it says.
struct Frames<'t> {
    before: Vec<&'t str>,
    after: Vec<&'t str>,
}

impl<'t> Frames<'t> {
    fn of(text: &'t str) -> Self {
        let (before, after) = text.split_once("# after").unwrap_or((text, ""));
        let lines =
            |part: &'t str| part.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        Self { before: lines(before), after: lines(after) }
    }
}

/// Each sentence as it is, one in a frame, and every other with another that objects to nothing.
fn varied(told: &[Sentence], frames: &Frames<'_>, dice: &mut Dice) -> Vec<Sentence> {
    let plain = |it: &&Sentence| it.categories.is_empty() && it.content == Some(true);
    let facts: Vec<&Sentence> = told.iter().filter(plain).collect();
    let mut varied = Vec::with_capacity(told.len() * 3);
    for (number, sentence) in told.iter().enumerate() {
        varied.push(sentence.clone());
        let before = dice.pick(&frames.before).copied().unwrap_or_default();
        let ends = dice.below(3) == 0;
        let after = if ends { dice.pick(&frames.after).copied().unwrap_or_default() } else { "" };
        let framed = format!("{before}{}{after}", sentence.text);
        // An ending may tell something by itself.
        let content = sentence.content.filter(|content| *content || !ends);
        varied.push(Sentence { text: framed, categories: sentence.categories.clone(), content });
        if number % 2 == 0
            && let Some(fact) = dice.pick(&facts)
        {
            let (first, second) =
                if dice.below(2) == 0 { (&fact.text, &sentence.text) } else { (&sentence.text, &fact.text) };
            let text = format!("{first}，{second}");
            varied.push(Sentence { text, categories: sentence.categories.clone(), content: Some(true) });
        }
    }
    varied
}

/// What the heads should say.
#[derive(Clone, Copy)]
struct Label {
    classes: [f32; CLASSES],
    content: Option<bool>,
}

impl Label {
    fn of(sentence: &Sentence) -> Self {
        let mut classes = [0.0; CLASSES];
        let share = value(sentence.categories.len().pow(2));
        for category in &sentence.categories {
            classes[*category as usize] = share;
        }
        if sentence.categories.is_empty() {
            classes[NO_OBJECTION] = 1.0;
        }
        Self { classes, content: sentence.content }
    }
}

/// The hashes of the features that occur in some class far more often than by chance, in order.
fn telling(found: &[Vec<u32>], labels: &[Label]) -> Vec<u32> {
    const EMPTY: usize = CLASSES;
    let mut counts: BTreeMap<u32, (u32, Heads)> = BTreeMap::new();
    let mut totals: Heads = [0.0; HEADS];
    let add = |to: &mut Heads, label: &Label| {
        for (sum, share) in to.iter_mut().zip(label.classes) {
            *sum += share;
        }
        to[EMPTY] += f32::from(u8::from(label.content == Some(false)));
    };
    for (hashes, label) in found.iter().zip(labels) {
        add(&mut totals, label);
        for hash in hashes {
            let (count, sums) = counts.entry(*hash).or_default();
            *count += 1;
            add(sums, label);
        }
    }
    let all: f32 = totals.iter().take(CLASSES).sum();
    let mut ranked: Vec<(f32, u32)> = counts
        .into_iter()
        .filter(|(_, (count, _))| *count >= SELDOM)
        .map(|(hash, (_, sums))| {
            let own: f32 = sums.iter().take(CLASSES).sum();
            let excess = sums.iter().zip(totals).map(|(sum, total)| {
                let chance = own * total / all;
                (sum - chance) / (chance + 1.0).sqrt()
            });
            (excess.fold(0.0, f32::max), hash)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.truncate(KEPT);
    let mut kept: Vec<u32> = ranked.into_iter().map(|(_, hash)| hash).collect();
    kept.sort_unstable();
    kept
}

struct Example {
    /// Which of the kept features.
    known: Vec<usize>,
    value: f32,
    label: Label,
}

/// Weights, and the squares of their gradients so far.
struct Learner {
    rows: Vec<[(f32, f32); HEADS]>,
    biases: [(f32, f32); HEADS],
}

fn learn(examples: &[Example], features: usize, dice: &mut Dice) -> Learner {
    let mut learner = Learner { rows: vec![[(0.0, 0.01); HEADS]; features], biases: [(0.0, 1.0); HEADS] };
    let mut order: Vec<&Example> = examples.iter().collect();
    for _ in 0..EPOCHS {
        dice.shuffle(&mut order);
        for example in &order {
            learner.step(example, dice);
        }
    }
    learner
}

impl Learner {
    fn step(&mut self, example: &Example, dice: &mut Dice) {
        let known: Vec<usize> =
            example.known.iter().copied().filter(|_| dice.below(100) >= DROPPED).collect();
        let mut heads: Heads = self.biases.map(|(bias, _)| bias);
        for known in &known {
            if let Some(row) = self.rows.get(*known) {
                for (head, (weight, _)) in heads.iter_mut().zip(row) {
                    *head += weight * example.value;
                }
            }
        }
        let mut errors: Heads = [0.0; HEADS];
        for ((error, is), should) in errors.iter_mut().zip(likely(&heads)).zip(example.label.classes) {
            *error = is - should;
        }
        if let Some(told) = example.label.content {
            errors[CONTENT] = content(&heads) - f32::from(u8::from(told));
        }
        for known in &known {
            if let Some(row) = self.rows.get_mut(*known) {
                correct(row, &errors, example.value);
            }
        }
        correct(&mut self.biases, &errors, 1.0);
    }

    fn bytes(&self, kept: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * HEADS + kept.len() * (4 + ROW));
        for (bias, _) in self.biases {
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
            bytes.extend(((bias * BIAS_STEPS).round() as i16).to_le_bytes());
        }
        bytes.extend(kept.iter().flat_map(|hash| hash.to_le_bytes()));
        let half = |(weight, _): (f32, f32)| {
            let steps = (weight * STEPS).round().clamp(f32::from(LOWEST), f32::from(LOWEST + 15));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies in 0 to 15")]
            let half = (steps - f32::from(LOWEST)) as u8;
            half
        };
        for row in &self.rows {
            let (pairs, _) = row.as_chunks::<2>();
            bytes.extend(pairs.iter().map(|[first, second]| half(*first) | half(*second) << 4));
        }
        bytes
    }
}

fn correct(row: &mut [(f32, f32); HEADS], errors: &Heads, value: f32) {
    for ((weight, squares), error) in row.iter_mut().zip(errors) {
        let slope = error * value + DECAY * *weight;
        *squares += slope * slope;
        *weight -= RATE * slope / squares.sqrt();
    }
}
