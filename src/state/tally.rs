//! Counts of a member's day. Every figure that is shown is a field or a sum of these.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::sales::{MemberId, Money};

/// What one member did on one day, in the workspace's zone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Tally {
    /// Who.
    pub member: MemberId,
    /// When.
    pub day: NaiveDate,
    /// How much of each.
    #[serde(flatten)]
    pub counts: Counts,
}

/// How much of each.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Notes stored.
    #[serde(skip_serializing_if = "is_zero")]
    pub notes: i64,
    /// Notes that said nothing.
    #[serde(skip_serializing_if = "is_zero")]
    pub empty_notes: i64,
    /// Meetings agreed.
    #[serde(skip_serializing_if = "is_zero")]
    pub meetings: i64,
    /// Deals entered.
    #[serde(skip_serializing_if = "is_zero")]
    pub new_deals: i64,
    /// Customers entered with everything that is asked for.
    #[serde(skip_serializing_if = "is_zero")]
    pub new_customers: i64,
    /// Deals that came to a later stage.
    #[serde(skip_serializing_if = "is_zero")]
    pub moves: i64,
    /// Deals won.
    #[serde(skip_serializing_if = "is_zero")]
    pub won: i64,
    /// What they bring.
    #[serde(skip_serializing_if = "no_money")]
    pub won_amount: Money,
    /// Deals lost.
    #[serde(skip_serializing_if = "is_zero")]
    pub lost: i64,
    /// Warnings that went out.
    #[serde(skip_serializing_if = "is_zero")]
    pub warnings: i64,
    /// Warnings answered by a note or a tap.
    #[serde(skip_serializing_if = "is_zero")]
    pub handled: i64,
    /// Action cards given to them.
    #[serde(skip_serializing_if = "is_zero")]
    pub actions: i64,
    /// Their action cards that were accepted.
    #[serde(skip_serializing_if = "is_zero")]
    pub actions_done: i64,
    /// Their action cards whose day passed before they were handed in.
    #[serde(skip_serializing_if = "is_zero")]
    pub actions_late: i64,
    /// Pushes that went out unasked.
    #[serde(skip_serializing_if = "is_zero")]
    pub pushes: i64,
}

fn is_zero(count: &i64) -> bool {
    *count == 0
}

fn no_money(money: &Money) -> bool {
    *money == Money::default()
}

impl Counts {
    /// Adds another's counts to these.
    pub fn add(&mut self, other: &Self) {
        self.notes += other.notes;
        self.empty_notes += other.empty_notes;
        self.meetings += other.meetings;
        self.new_deals += other.new_deals;
        self.new_customers += other.new_customers;
        self.moves += other.moves;
        self.won += other.won;
        self.won_amount.0 = self.won_amount.0.saturating_add(other.won_amount.0);
        self.lost += other.lost;
        self.warnings += other.warnings;
        self.handled += other.handled;
        self.actions += other.actions;
        self.actions_done += other.actions_done;
        self.actions_late += other.actions_late;
        self.pushes += other.pushes;
    }

    /// The same with every sign turned: what taking an event back adds.
    pub fn negated(self) -> Self {
        Self {
            notes: -self.notes,
            empty_notes: -self.empty_notes,
            meetings: -self.meetings,
            new_deals: -self.new_deals,
            new_customers: -self.new_customers,
            moves: -self.moves,
            won: -self.won,
            won_amount: Money(-self.won_amount.0),
            lost: -self.lost,
            warnings: -self.warnings,
            handled: -self.handled,
            actions: -self.actions,
            actions_done: -self.actions_done,
            actions_late: -self.actions_late,
            pushes: -self.pushes,
        }
    }
}

impl<'a> std::iter::Sum<&'a Counts> for Counts {
    fn sum<I: Iterator<Item = &'a Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, more| {
            sum.add(more);
            sum
        })
    }
}
