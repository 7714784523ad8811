//! Any endpoint that answers `POST …/embeddings` as OpenAI's does: texts in, one vector each out. One call, no second
//! try: whoever asks has an answer without it.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::error::DeliverError;
use super::http::exchange;
use crate::clock::Clock;

/// An endpoint, and how to ask it.
pub struct Embeddings {
    /// The whole address: `https://…/v1/embeddings`.
    pub url: String,
    /// Which model.
    pub model: String,
    /// Sent as a bearer token, where there is one.
    pub key: Option<SecretString>,
    /// The longest that a call may take.
    pub timeout: Duration,
    /// The client.
    pub http: reqwest::Client,
    /// For the time of answers.
    pub clock: Clock,
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    index: usize,
    embedding: Vec<f32>,
}

impl Embeddings {
    /// The vector of each text, in their order; all of one length, all finite.
    ///
    /// # Errors
    /// No answer within the time, a status that is no success, or an answer of another shape.
    pub async fn of(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, DeliverError> {
        let body = Request { model: &self.model, input: texts, encoding_format: "float" };
        let request = self.http.post(&self.url).timeout(self.timeout).json(&body);
        let request = match &self.key {
            Some(key) => request.bearer_auth(key.expose_secret()),
            None => request,
        };
        let answered = exchange(request, &self.clock).await?;
        let refused = |hint: &str| DeliverError::Rejected {
            code: answered.status.to_string(),
            hint: format!("the embeddings endpoint {hint}"),
        };
        if !(200..300).contains(&answered.status) {
            return Err(refused("did not take the call"));
        }
        let mut answer: Answer = answered.json().ok_or_else(|| refused("answered no list of vectors"))?;
        answer.data.sort_by_key(|entry| entry.index);
        let in_order = answer.data.iter().enumerate().all(|(place, entry)| entry.index == place);
        let vectors: Vec<Vec<f32>> = answer.data.into_iter().map(|entry| entry.embedding).collect();
        let length = vectors.first().map_or(0, Vec::len);
        let sound =
            |vector: &Vec<f32>| vector.len() == length && vector.iter().all(|value| value.is_finite());
        if !in_order || vectors.len() != texts.len() || length == 0 || !vectors.iter().all(sound) {
            return Err(refused("answered other vectors than were asked for"));
        }
        Ok(vectors)
    }
}
