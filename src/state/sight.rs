//! Who sees what (product.md 6): the owner of a deal, its helpers, and the line of managers above the owner.

use super::State;
use crate::config::Member;
use crate::sales::{Deal, MemberId};

/// A line of managers is short; the bound is against a ring in the file.
const LONGEST_LINE: usize = 8;

impl State {
    /// Whether `member` sees `deal`.
    pub fn sees(&self, member: &Member, deal: &Deal) -> bool {
        deal.is_with(&member.id) || self.leads(member, deal)
    }

    /// Whether `member` stands in the line of managers above the deal's owner.
    pub fn leads(&self, member: &Member, deal: &Deal) -> bool {
        self.line_above(&deal.owner).any(|above| above.id == member.id)
    }

    /// The managers above a member, nearest first.
    fn line_above(&self, member: &MemberId) -> impl Iterator<Item = &Member> {
        let people = &self.rules().people;
        let above = |member: &Member| member.manager.as_ref().and_then(|manager| people.find(manager));
        let first = people.find(member).and_then(above);
        std::iter::successors(first, move |member| above(member)).take(LONGEST_LINE)
    }
}
