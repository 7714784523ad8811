//! What a text would be understood as in this workspace, without anything being recorded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::language::{Awaited, Breakdown, Context, Mention, Names, breakdown};
use crate::sales::{CustomerId, MemberId, StageKey};
use crate::state::State;

/// A text to understand.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Query {
    /// The words.
    pub text: String,
    /// When they were written; now, if it is not said.
    #[serde(default)]
    pub now: Option<DateTime<Utc>>,
    /// Who wrote them: of customers with one name their own come first.
    #[serde(default)]
    pub rep: Option<MemberId>,
}

/// What `query` is understood as by `state`'s names and calendar.
pub fn understood(state: &State, query: &Query, now: DateTime<Utc>) -> Breakdown {
    let names = Scoped { state, rep: query.rep.as_ref() };
    let ctx = Context {
        now: query.now.unwrap_or(now),
        calendar: &state.rules().calendar,
        names: &names,
        awaiting: Awaited::Nothing,
    };
    breakdown(&query.text, &ctx, &|id| state.customer(id).map(|customer| customer.name.to_string()))
}

/// The workspace's names as one member means them.
struct Scoped<'s> {
    state: &'s State,
    rep: Option<&'s MemberId>,
}

impl Names for Scoped<'_> {
    fn customers_in(&self, text: &str) -> Vec<Mention<CustomerId>> {
        let mut mentions = self.state.names().customers_in(text);
        let Some(rep) = self.rep else { return mentions };
        let own = |id: CustomerId| self.state.deals_of_customer(id).any(|deal| deal.owner == *rep);
        let owned: Vec<_> = mentions.iter().filter(|it| own(it.id)).map(|it| it.span.clone()).collect();
        mentions.retain(|mention| own(mention.id) || !owned.contains(&mention.span));
        mentions
    }

    fn members_in(&self, text: &str) -> Vec<Mention<MemberId>> {
        self.state.names().members_in(text)
    }

    fn stages_in(&self, text: &str) -> Vec<Mention<StageKey>> {
        self.state.names().stages_in(text)
    }
}
