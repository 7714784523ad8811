//! The rows of deals: whose a deal is, which one it is, and what the row says of it.

use super::{Planner, fault, told};
use crate::import::column::{Column, SheetRow};
use crate::import::fields::{Fields, WORDS_MAX, member};
use crate::import::report::RowFault;
use crate::import::value::{Lies, Wrong};
use crate::sales::{
    Closing, CustomerId, Deal, DealId, DealRow, FollowUp, ImportRow, LossReason, MemberId, NextStep, Outcome,
    StageKey, same_name,
};

/// A gist is at most 80 characters (`sales::FollowUp`), the dots of a cut one included.
const GIST_MAX: usize = 79;
/// Helpers of one deal, at most.
const HELPERS_MAX: usize = 20;

impl Planner<'_> {
    pub(super) fn deal_row(&mut self, row: &SheetRow) {
        let mut fields = Fields::new(row, self.today);
        let customer = self.said_of_customer(&mut fields);
        let (mut said, number) = self.said_of_deal(&mut fields);
        let mut faults = fields.faults;
        let of = number.and_then(|id| self.known.deal(id)).map(|deal| deal.customer);
        if faults.is_empty()
            && let Some(at) = self.entry(&customer, of, row, &mut faults)
            && self.is_one(at, &mut said, number, row, &mut faults)
        {
            // Nothing of a row counts that is wrong in anything.
            self.merge(at, &customer, row, &mut faults);
            if faults.is_empty() {
                self.put_deal(at, said, row);
            }
        }
        self.plan.report.faults.append(&mut faults);
    }

    fn said_of_deal(&mut self, fields: &mut Fields<'_>) -> (DealRow, Option<DealId>) {
        let rules = self.rules;
        let number = fields.text(Column::Number, WORDS_MAX);
        let number = number.strip_prefix("d-").and_then(|digits| digits.parse().ok()).map(DealId);
        let owner = fields.text(Column::Owner, WORDS_MAX);
        let owner = self.member(fields, Column::Owner, &owner);
        let mut helpers = Vec::new();
        for said in fields.list(Column::Helpers).into_iter().take(HELPERS_MAX) {
            helpers.extend(self.member(fields, Column::Helpers, &said));
        }
        helpers.dedup();
        let (stage, ended) = self.stage(fields);
        let closing = self.closing(fields, ended, owner.as_ref());
        let opening = |day| rules.calendar.opening(day);
        let created_at = fields.past_day(Column::CreatedOn).map(opening);
        let last = fields.past_day(Column::LastFollowUp);
        let gist = fields.gist(Column::LastGist, GIST_MAX);
        let last = last.filter(|_| !gist.is_empty()).zip(owner.clone());
        let step_day = fields.day(Column::NextStepDay, Lies::Ahead);
        let step = fields.gist(Column::NextStep, GIST_MAX);
        let step = step_day.map(|day| NextStep {
            day,
            what: if step.is_empty() { "跟进".into() } else { step.into() },
            agreed_at: self.now,
        });
        let said = DealRow {
            known: None,
            customer: "".into(),
            customer_id: None,
            name: fields.text(Column::DealName, WORDS_MAX).into(),
            owner,
            helpers,
            stage,
            amount: fields.amount(),
            product_line: fields.named(Column::ProductLine, &rules.process.product_lines).into(),
            expected_close: fields.day(Column::ExpectedClose, Lies::Ahead),
            created_at,
            stage_since: fields.past_day(Column::StageSince).map(opening),
            last: last.map(|(day, by)| FollowUp { at: opening(day), by, gist: gist.into() }),
            next_step: step,
            closing,
        };
        (said, number)
    }

    /// The member whom a cell names; what a file calls somebody is looked up once.
    fn member(&mut self, fields: &mut Fields<'_>, column: Column, said: &str) -> Option<MemberId> {
        if said.is_empty() {
            return None;
        }
        let people = &self.rules.people;
        let found = self
            .members
            .entry(said.to_owned())
            .or_insert_with(|| member(said, people).map(|member| member.id.clone()));
        match found {
            Ok(id) => Some(id.clone()),
            Err(wrong) => {
                let wrong = wrong.clone();
                fields.fault(column, wrong);
                None
            }
        }
    }

    /// A stage, or an end: sheets have both in one column.
    fn stage(&self, fields: &mut Fields<'_>) -> (Option<StageKey>, Option<Outcome>) {
        let said = fields.text(Column::Stage, WORDS_MAX);
        if let Some(ended) = outcome(&said) {
            return (None, Some(ended));
        }
        let stages = &self.rules.process.stages;
        let known: Vec<(&str, &str)> =
            stages.iter().map(|stage| (stage.key.as_str(), stage.name.as_str())).collect();
        (fields.keyed(Column::Stage, &known).map(StageKey::from), None)
    }

    fn closing(
        &self,
        fields: &mut Fields<'_>,
        ended: Option<Outcome>,
        owner: Option<&MemberId>,
    ) -> Option<Closing> {
        let said = fields.text(Column::Outcome, WORDS_MAX);
        let mut outcome = match outcome(&said) {
            Some(outcome) => Some(outcome),
            None if said.is_empty() || OPEN.contains(&&*same_name(&said)) => ended,
            None => {
                let wrong = Wrong::new(format!("「{said}」看不懂"), "写赢单、丢单、搁置，还开着的空着");
                fields.fault(Column::Outcome, wrong);
                None
            }
        };
        let why = fields.text(Column::LossReason, WORDS_MAX);
        if let (Some(Outcome::Lost(reason)), false) = (&mut outcome, why.is_empty()) {
            *reason = LossReason::ALL.into_iter().find(|known| known.name() == why);
            if reason.is_none() {
                let known = LossReason::ALL.map(LossReason::name).join("、");
                let wrong =
                    Wrong::new(format!("没有「{why}」这个原因"), format!("可选：{known}；别的写在备注里"));
                fields.fault(Column::LossReason, wrong);
            }
        }
        let day = fields.past_day(Column::ClosedOn);
        let at = day.map_or(self.now, |day| self.rules.calendar.opening(day)).min(self.now);
        Some(Closing { outcome: outcome?, at, by: owner?.clone(), called_off: Vec::new() })
    }

    /// Finds the deal that a row means. `false` when that cannot be told, or another row meant it already.
    fn is_one(
        &mut self,
        at: usize,
        said: &mut DealRow,
        number: Option<DealId>,
        row: &SheetRow,
        faults: &mut Vec<RowFault>,
    ) -> bool {
        let Some(entry) = self.customers.get(at) else { return false };
        (said.customer, said.customer_id) = (entry.row.name.clone(), entry.row.known);
        let customer = said.customer_id;
        let by_number =
            number.and_then(|id| self.known.deal(id)).filter(|deal| Some(deal.customer) == customer);
        let found = match (by_number, customer) {
            (Some(deal), _) => Ok(Some(deal)),
            (None, Some(customer)) => self.by_name(customer, said),
            (None, None) => Ok(None),
        };
        let known = match found {
            Ok(known) => known.map(|deal| deal.id),
            Err(several) => {
                let what = format!("这家客户有 {several} 个商机，看不出是哪一个");
                faults.push(fault(
                    row,
                    Column::DealName,
                    what,
                    "写上商机名称或产品线；从导出的表来的，留着编号",
                ));
                return false;
            }
        };
        if known.is_none() && said.owner.is_none() {
            faults.push(fault(row, Column::Owner, "空着", "填上负责人的姓名或代号"));
            return false;
        }
        let name = match known {
            Some(id) => id.to_string(),
            None if said.name.is_empty() => format!("/{}", said.product_line),
            None => format!("={}", same_name(&said.name)),
        };
        if let Some((sheet, line)) = self.deals.insert((at, name.clone()), (row.sheet, row.line)) {
            self.deals.insert((at, name), (sheet, line));
            let where_it_is = if sheet == row.sheet {
                format!("第 {line} 行")
            } else {
                format!("第 {} 张表第 {line} 行", sheet + 1)
            };
            let what = format!("和{where_it_is}是同一个商机");
            faults.push(fault(row, Column::DealName, what, "删掉一行；真是两个商机的，各写一个商机名称"));
            return false;
        }
        said.known = known;
        true
    }

    /// A customer's deal by its name; one without a name goes by its product line. How many fit where several do.
    fn by_name(&self, customer: CustomerId, said: &DealRow) -> Result<Option<&Deal>, usize> {
        let deals: Vec<&Deal> = self.known.deals_of(customer).collect();
        let fits = |deal: &&&Deal| {
            if said.name.is_empty() {
                said.product_line.is_empty() || deal.product_line == said.product_line
            } else {
                same_name(&deal.name) == same_name(&said.name)
            }
        };
        let fitting: Vec<&Deal> = deals.iter().filter(fits).copied().collect();
        let open: Vec<&Deal> = fitting.iter().filter(|deal| deal.is_open()).copied().collect();
        match (&fitting[..], &open[..]) {
            ([], _) => Ok(None),
            ([deal], _) | (_, [deal]) => Ok(Some(deal)),
            (several, _) => Err(several.len()),
        }
    }

    fn put_deal(&mut self, at: usize, said: DealRow, row: &SheetRow) {
        if let Some(entry) = self.customers.get_mut(at) {
            entry.deals += 1;
        }
        let report = &mut self.plan.report;
        let Some(known) = said.known.and_then(|id| self.known.deal(id)) else {
            report.new_deals += 1;
            self.plan.deals.push(ImportRow::Deal(Box::new(said)));
            return;
        };
        let mut changed = known.clone();
        let kept = said.add_to(&mut changed, self.overwrite, self.now);
        if !kept.is_empty() {
            report.kept.push(told((row.sheet, row.line), kept));
        }
        if changed == *known {
            report.same += 1;
        } else {
            report.changed_deals += 1;
            self.plan.deals.push(ImportRow::Deal(Box::new(said)));
        }
    }
}

/// What a column of ends says of a deal that has none.
const OPEN: [&str; 6] = ["进行中", "跟进中", "开着", "open", "未结束", "有效"];

fn outcome(said: &str) -> Option<Outcome> {
    Some(match &*same_name(said) {
        "赢单" | "已成交" | "成交" | "已签约" | "已签单" | "won" => Outcome::Won,
        "丢单" | "输单" | "已丢单" | "失败" | "流失" | "lost" => Outcome::Lost(None),
        "搁置" | "暂停" | "shelved" => Outcome::Shelved,
        _ => return None,
    })
}
