//! Ranking by meaning: the script whose vector points most nearly where the customer's words point comes first. Scripts
//! change rarely, so their vectors are kept; of a question only its own words go out.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Courier, CourierError};
use crate::event::Ranking;
use crate::outbox::Receipt;
use crate::platform::embeddings::Embeddings;
use crate::platform::error::DeliverError;
use crate::sales::ScriptKey;

/// So many vectors are kept; a library has a few hundred scripts.
const KEPT: usize = 2_000;

/// What finds out what words mean.
pub struct Meanings {
    endpoint: Embeddings,
    /// By the text as it went out.
    known: Mutex<BTreeMap<Box<str>, Arc<[f32]>>>,
}

impl Meanings {
    /// Asks this endpoint.
    pub fn new(endpoint: Embeddings) -> Self {
        Self { endpoint, known: Mutex::new(BTreeMap::new()) }
    }

    /// The scripts, the nearest first; of equals their offline order.
    ///
    /// # Errors
    /// What the endpoint did instead of answering in time.
    pub async fn order(&self, ranking: &Ranking) -> Result<Vec<ScriptKey>, DeliverError> {
        let mut vectors: Vec<Option<Arc<[f32]>>> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            ranking.options.iter().map(|(_, words)| known.get(words).cloned()).collect()
        };
        let unknown: Vec<usize> = vectors
            .iter()
            .enumerate()
            .filter(|(_, vector)| vector.is_none())
            .map(|(place, _)| place)
            .collect();
        let of_unknown = unknown.iter().filter_map(|place| ranking.options.get(*place));
        let texts: Vec<&str> =
            std::iter::once(&*ranking.masked).chain(of_unknown.map(|(_, words)| &**words)).collect();
        let mut answered = self.endpoint.of(&texts).await?.into_iter();
        let asked = answered.next().unwrap_or_default();
        for (place, vector) in unknown.into_iter().zip(answered) {
            if let (Some(known), Some((_, words))) = (vectors.get_mut(place), ranking.options.get(place)) {
                let vector: Arc<[f32]> = vector.into();
                self.keep(words, vector.clone());
                *known = Some(vector);
            }
        }
        let near = |vector: &Option<Arc<[f32]>>| vector.as_ref().map_or(0.0, |vector| cosine(&asked, vector));
        let mut ranked: Vec<(f32, &ScriptKey)> =
            vectors.iter().map(near).zip(ranking.options.iter().map(|(key, _)| key)).collect();
        ranked.sort_by(|one, other| other.0.partial_cmp(&one.0).unwrap_or(Ordering::Equal));
        Ok(ranked.into_iter().map(|(_, key)| key.clone()).collect())
    }

    fn keep(&self, words: &str, vector: Arc<[f32]>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(words.into(), vector);
    }
}

/// How nearly two vectors point the same way, from −1 to 1; 0 where one points nowhere or another model made it.
fn cosine(one: &[f32], other: &[f32]) -> f32 {
    if one.len() != other.len() {
        return 0.0;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = dot(one, one).sqrt() * dot(other, other).sqrt();
    let near = dot(one, other) / lengths;
    if near.is_finite() { near } else { 0.0 }
}

impl Courier {
    /// The order of a question's scripts, or why there is none.
    pub(super) async fn ranked(&self, ranking: &Ranking) -> Result<Receipt, CourierError> {
        let order: Result<Vec<ScriptKey>, Box<str>> = match &self.meanings {
            Some(meanings) => meanings.order(ranking).await.map_err(|error| error.to_string().into()),
            None => Err("no endpoint was configured when the service started".into()),
        };
        if let Err(why) = &order {
            tracing::warn!(
                why = &**why,
                "The embeddings endpoint gave no order: the offline one is the answer"
            );
        }
        Ok(Receipt { order: Some(order), ..Receipt::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn nearness_is_of_directions_and_never_wild() {
        assert!((cosine(&[1.0, 0.0], &[3.0, 0.0]) - 1.0).abs() < 1e-6);
        assert!(cosine(&[1.0, 0.0], &[0.0, 2.0]).abs() < 1e-6);
        assert!((cosine(&[1.0], &[-1.0]) + 1.0).abs() < 1e-6);
        let nowhere = [cosine(&[0.0], &[1.0]), cosine(&[], &[]), cosine(&[1.0], &[1.0, 2.0])];
        assert!(nowhere.iter().all(|near| near.abs() < 1e-6));
    }
}
