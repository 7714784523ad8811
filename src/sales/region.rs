//! Provinces and cities by their GB/T 2260 code: where a customer is. The data and how it was made: `regions.md`.

const TABLE: &str = include_str!("regions.csv");

/// A city, or a province that is one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// Six digits: what records hold.
    pub code: &'static str,
    /// 浙江
    pub province: &'static str,
    /// 宁波
    pub city: &'static str,
}

/// All of them, by code.
pub fn regions() -> impl Iterator<Item = Region> {
    TABLE.lines().filter_map(Region::of_line)
}

impl Region {
    /// By code.
    pub fn find(code: &str) -> Option<Self> {
        let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        TABLE.lines().find(|line| digits && line.starts_with(code)).and_then(Self::of_line)
    }

    fn of_line(line: &'static str) -> Option<Self> {
        let mut parts = line.split(',');
        Some(Self { code: parts.next()?, province: parts.next()?, city: parts.next()? })
    }

    /// As people say it: 「宁波」, 「浙江宁波」, 「浙江省宁波市」, 「上海市」.
    pub fn read(said: &str) -> Option<Self> {
        let said: String =
            said.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '·' | '/')).collect();
        let is_city = |said: &str, region: &Self| {
            said.strip_prefix(region.city).is_some_and(|tail| matches!(tail, "" | "市" | "地区"))
        };
        regions().find(|region| {
            let behind =
                said.strip_prefix(region.province).map(|rest| rest.strip_prefix('省').unwrap_or(rest));
            is_city(&said, region) || behind.is_some_and(|rest| is_city(rest, region))
        })
    }

    /// The city that a company's name begins with: 宁波宏远机械制造有限公司.
    pub fn of_company(name: &str) -> Option<Self> {
        let begins = |name: &str, region: &Self| name.starts_with(region.city);
        regions().find(|region| {
            let behind =
                name.strip_prefix(region.province).map(|rest| rest.strip_prefix('省').unwrap_or(rest));
            begins(name, region) || behind.is_some_and(|rest| begins(rest, region))
        })
    }

    /// 「浙江 宁波」; 「上海」 where both are one.
    pub fn name(&self) -> String {
        if self.province == self.city {
            self.city.to_owned()
        } else {
            format!("{} {}", self.province, self.city)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Region, regions};

    #[test]
    fn every_code_is_six_digits_and_stands_once_in_order() {
        let all: Vec<Region> = regions().collect();
        assert!(all.len() > 350, "{}", all.len());
        assert!(all.iter().all(|region| region.code.len() == 6 && !region.city.is_empty()));
        assert!(all.windows(2).all(|pair| pair[0].code < pair[1].code));
        let provinces: std::collections::BTreeSet<_> = all.iter().map(|region| region.province).collect();
        assert_eq!(provinces.len(), 34);
    }

    #[test]
    fn region_is_found_as_people_say_it() {
        let code = |said: &str| Region::read(said).map(|region| region.code);
        for said in ["宁波", "宁波市", "浙江宁波", "浙江省宁波市", "浙江 宁波", "浙江-宁波"]
        {
            assert_eq!(code(said), Some("330200"), "{said}");
        }
        assert_eq!(code("上海市"), Some("310000"));
        assert_eq!(code("吉林"), Some("220200"));
        assert_eq!(code("香港"), Some("810000"));
        assert_eq!(code("火星"), None);
        assert_eq!(code(""), None);
        assert_eq!(code("浙江"), None);
    }

    #[test]
    fn company_names_its_city() {
        let city = |name: &str| Region::of_company(name).map(|region| region.city);
        assert_eq!(city("宁波宏远机械制造有限公司"), Some("宁波"));
        assert_eq!(city("浙江省台州凯达阀门有限公司"), Some("台州"));
        assert_eq!(city("上海联创自动化设备有限公司"), Some("上海"));
        assert_eq!(city("昆山精锐模具有限公司"), None);
        assert_eq!(city("华为"), None);
    }
}
