//! China's statutory days and 调休, as announced by the State Council and shipped by `tyme4rs`, read once into a map.
//! Years that are not announced yet know the festivals' own days alone.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use tyme4rs::tyme::holiday::{LEGAL_HOLIDAY_DATA, LEGAL_HOLIDAY_NAMES};
use tyme4rs::tyme::lunar::LunarDay;
use tyme4rs::tyme::solar::SolarTerm;

use super::after;

/// One announced day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    /// A 调休 day on which people work.
    pub(super) work: bool,
    /// The holiday that it belongs to.
    pub(super) name: &'static str,
}

/// The announced days.
#[derive(Clone, Debug)]
pub(super) struct Statutory {
    days: BTreeMap<NaiveDate, Announced>,
    years: BTreeSet<i32>,
}

/// Days in a row, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl Stretch {
    /// How many days.
    pub fn days(self) -> u32 {
        u32::try_from((self.last - self.first).num_days() + 1).unwrap_or(0)
    }
}

/// A festival with days off that people date things by: 国庆后, 年前.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Festival {
    /// 元旦
    NewYear,
    /// 春节
    Spring,
    /// 清明节
    Qingming,
    /// 劳动节
    Labour,
    /// 端午节
    DragonBoat,
    /// 中秋节
    MidAutumn,
    /// 国庆节
    National,
}

impl Statutory {
    /// Thirteen characters a day: `20260104`, `0` for a 调休 day, the name's index, and the distance to the day
    /// that it is exchanged for, which we do not need.
    const RECORD: usize = 13;

    pub(super) fn read() -> Self {
        let days: BTreeMap<_, _> = LEGAL_HOLIDAY_DATA
            .as_bytes()
            .chunks_exact(Self::RECORD)
            .filter_map(|record| {
                let record = std::str::from_utf8(record).ok()?;
                let date = NaiveDate::parse_from_str(record.get(..8)?, "%Y%m%d").ok()?;
                let name = LEGAL_HOLIDAY_NAMES.get(record.get(9..10)?.parse::<usize>().ok()?)?;
                Some((date, Announced { work: record.get(8..9)? == "0", name }))
            })
            .collect();
        // A year is announced as a whole; its National Day shows that it was.
        let years = days.keys().filter(|day| day.month() == 10).map(Datelike::year).collect();
        Self { days, years }
    }

    pub(super) fn on(&self, date: NaiveDate) -> Option<Announced> {
        self.days.get(&date).copied()
    }

    pub(super) fn known(&self, year: i32) -> bool {
        self.years.contains(&year)
    }

    /// The announced days off of `festival` that begin around its own day in `year`.
    pub(super) fn festival(&self, festival: Festival, year: i32) -> Option<Stretch> {
        let own = festival.own_day(year)?;
        let free = |day: NaiveDate| self.on(day).is_some_and(|announced| !announced.work);
        if !free(own) {
            return None;
        }
        let mut stretch = Stretch { first: own, last: own };
        while free(after(stretch.first, -1)) && stretch.days() < 30 {
            stretch.first = after(stretch.first, -1);
        }
        while free(after(stretch.last, 1)) && stretch.days() < 30 {
            stretch.last = after(stretch.last, 1);
        }
        Some(stretch)
    }
}

impl Festival {
    /// The day itself, by the sun or the moon.
    pub fn own_day(self, year: i32) -> Option<NaiveDate> {
        let on = |month, day| NaiveDate::from_ymd_opt(year, month, day);
        match self {
            Self::NewYear => on(1, 1),
            Self::Spring => lunar(year, 1, 1),
            Self::Qingming => qingming(year),
            Self::Labour => on(5, 1),
            Self::DragonBoat => lunar(year, 5, 5),
            Self::MidAutumn => lunar(year, 8, 15),
            Self::National => on(10, 1),
        }
    }

    /// Its statutory days by the standing rule (State Council, 2025), for years not announced yet.
    pub(super) fn by_rule(self, year: i32) -> Option<Stretch> {
        let own = self.own_day(year)?;
        let (before, behind) = match self {
            Self::NewYear | Self::Qingming | Self::DragonBoat | Self::MidAutumn => (0, 0),
            // New Year's Eve to the seventh, as every year since 2024 has had it.
            Self::Spring => (-1, 6),
            Self::Labour => (0, 4),
            Self::National => (0, 6),
        };
        Some(Stretch { first: after(own, before), last: after(own, behind) })
    }
}

/// The day of a lunar date; `None` where that month is shorter. The last month is 12, whatever its length.
pub fn lunar(year: i32, month: isize, day: usize) -> Option<NaiveDate> {
    let solar = LunarDay::new(isize::try_from(year).ok()?, month, day).ok()?.get_solar_day();
    date_of(solar.get_year(), solar.get_month(), solar.get_day())
}

/// Qingming is the seventh solar term counted from the winter solstice before.
fn qingming(year: i32) -> Option<NaiveDate> {
    solar_term(year, 7)
}

/// The winter solstice of `year`.
pub fn winter_solstice(year: i32) -> Option<NaiveDate> {
    solar_term(year.checked_add(1)?, 0)
}

fn solar_term(year: i32, index: isize) -> Option<NaiveDate> {
    if !(1900..=2200).contains(&year) {
        return None;
    }
    let solar = SolarTerm::from_index(isize::try_from(year).ok()?, index).get_solar_day();
    date_of(solar.get_year(), solar.get_month(), solar.get_day())
}

fn date_of(year: isize, month: usize, day: usize) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}
