//! What a column means, by its title in Chinese or English, and where in a sheet the titles stand.

use serde::{Deserialize, Serialize};

use crate::sales::same_name;
use crate::sheet::{Cell, Row, Sheet};

/// Titles stand in one of the first rows; above them there may be a heading, a date, a note.
const LOOKED_AT: usize = 30;

/// What a sheet's rows are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One customer a row; of one with several contacts there may be several rows.
    Customers,
    /// One deal a row, perhaps with what its customer is.
    Deals,
    /// One member a row.
    People,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Customers => "客户",
            Self::Deals => "商机",
            Self::People => "成员",
        }
    }
}

macro_rules! columns {
    ($($(#[$doc:meta])* $name:ident: $($title:literal)+;)+) => {
        /// What a column means.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Column { $($(#[$doc])* $name,)+ }

        impl Column {
            /// Every column with the titles it goes by, that which an export writes first.
            const TITLES: &[(Self, &[&str])] = &[$((Self::$name, &[$($title),+]),)+];
        }
    };
}

columns! {
    /// The customer's full name.
    Customer: "客户名称" "公司名称" "客户" "公司" "企业名称" "单位名称" "客户全称" "公司全称" "客户公司" "单位" "企业"
        "customer" "customername" "company" "companyname" "account" "accountname" "client";
    /// Its short name.
    Short: "简称" "客户简称" "公司简称" "short" "shortname";
    /// Other names, with `;` between.
    Aliases: "别名" "其他叫法" "曾用名" "aliases" "alias";
    /// Its industry.
    Industry: "行业" "所属行业" "客户行业" "industry";
    /// Its type.
    CustomerType: "客户类型" "客户类别" "客户性质" "类型" "type" "customertype" "kind";
    /// Where it is.
    Region: "地区" "区域" "省市" "所在地" "城市" "省份" "地址" "region" "city" "address";
    /// Its people: a name, or 姓名/怎么叫/职务/决策角色/手机 with `;` between people.
    Contacts: "联系人" "联系人姓名" "客户联系人" "主要联系人" "对接人" "contact" "contacts" "contactname" "contactperson";
    /// How the contact is called.
    Call: "称呼" "怎么叫" "call";
    /// The contact's post.
    Post: "职务" "职位" "岗位" "联系人职务" "title" "jobtitle" "position";
    /// The contact's part in the decision.
    Part: "决策角色" "角色" "决策链" "part";
    /// The contact's telephone.
    Phone: "手机" "手机号" "手机号码" "电话" "联系电话" "联系方式" "phone" "mobile" "tel" "telephone";
    /// What the deal is called.
    DealName: "商机名称" "商机" "项目名称" "项目" "商机标题" "deal" "dealname" "opportunity" "opportunityname" "project";
    /// Who answers for it.
    Owner: "负责人" "销售" "跟进人" "销售负责人" "业务员" "归属人" "所有人" "商机负责人" "owner" "sales" "salesperson" "rep";
    /// Who helps.
    Helpers: "协同" "协同人" "协作人" "参与人" "helpers" "helper";
    /// Its stage.
    Stage: "阶段" "商机阶段" "销售阶段" "跟进阶段" "进展" "stage" "salesstage";
    /// What it may bring, in yuan unless the cell says otherwise.
    Amount: "金额" "预计金额" "商机金额" "预计成交金额" "合同金额" "预估金额" "金额元" "预计金额元" "amount" "value" "expectedamount";
    /// The same, in ten thousands.
    AmountWan: "金额万" "金额万元" "预计金额万" "预计金额万元" "商机金额万元" "amountwan";
    /// Its product line.
    ProductLine: "产品线" "产品" "意向产品" "产品类型" "productline" "product";
    /// When it may be signed.
    ExpectedClose: "预计签单" "预计签单日期" "预计成交日期" "预计成交时间" "预计签约日期" "预计结单日期" "预计签约时间"
        "预计签单时间" "expectedclose" "closedate" "expectedclosedate";
    /// When it came to its stage.
    StageSince: "进入阶段" "进入阶段日期" "阶段开始" "stagesince";
    /// The last follow-up's day.
    LastFollowUp: "最近跟进" "最近跟进日期" "最近跟进时间" "最后跟进" "最后跟进时间" "最后跟进日期" "上次跟进" "跟进时间"
        "lastfollowup" "lastcontact" "lastcontacted";
    /// What was said then.
    LastGist: "跟进内容" "跟进记录" "最近跟进内容" "最新进展" "备注" "跟进情况" "note" "notes" "remark" "lastnote";
    /// The day of what was agreed.
    NextStepDay: "下一步日期" "下次跟进" "下次跟进时间" "下次跟进日期" "nextstepdate" "nextfollowup";
    /// What was agreed.
    NextStep: "下一步" "下一步计划" "下步计划" "nextstep";
    /// How it ended.
    Outcome: "结果" "商机结果" "赢丢单" "状态" "商机状态" "outcome" "result" "status";
    /// Why it was lost.
    LossReason: "丢单原因" "输单原因" "lossreason" "lostreason";
    /// When it ended.
    ClosedOn: "结束日期" "成交日期" "签单日期" "关闭日期" "签约日期" "closedon" "closeddate";
    /// When it was entered.
    CreatedOn: "创建日期" "创建时间" "建档日期" "录入日期" "录入时间" "createdat" "created" "createdon" "createddate";
    /// Our own number, from an export.
    Number: "编号" "genjin编号" "id";
    /// What was wrong with the row the last time: read by people alone.
    Reason: "原因" "要改的地方" "reason";
    /// A member's name.
    PersonName: "姓名" "成员" "员工" "员工姓名" "成员姓名" "name" "member" "employee";
    /// What colleagues call them.
    PersonCall: "称呼" "怎么叫" "昵称" "call" "nickname";
    /// Their key in `people.toml`.
    PersonKey: "代号" "key";
    /// Their WeCom userid.
    WeCom: "企业微信账号" "企业微信" "企微账号" "企微" "账号" "wecom" "wecomid" "userid";
    /// Their DingTalk userid.
    DingTalk: "钉钉账号" "钉钉" "钉钉userid" "员工userid" "dingtalk" "dingtalkid" "dingtalkuserid";
    /// Where they are pushed to.
    Primary: "推送平台" "主要平台" "primary";
    /// Their team.
    Team: "小组" "团队" "部门" "team" "department";
    /// Who leads them.
    Manager: "上级" "直属上级" "主管" "manager" "leader";
    /// What they are.
    Roles: "身份" "角色" "roles" "role";
}

use Column as C;

const OF_CUSTOMERS: &[Column] = &[
    C::Customer,
    C::Short,
    C::Aliases,
    C::Industry,
    C::CustomerType,
    C::Region,
    C::Contacts,
    C::Call,
    C::Post,
    C::Part,
    C::Phone,
    C::CreatedOn,
    C::Number,
    C::Reason,
];
const OF_DEALS: &[Column] = &[
    C::Customer,
    C::DealName,
    C::Owner,
    C::Helpers,
    C::Stage,
    C::Amount,
    C::AmountWan,
    C::ProductLine,
    C::ExpectedClose,
    C::StageSince,
    C::LastFollowUp,
    C::LastGist,
    C::NextStepDay,
    C::NextStep,
    C::Outcome,
    C::LossReason,
    C::ClosedOn,
    C::CreatedOn,
    C::Short,
    C::Industry,
    C::CustomerType,
    C::Region,
    C::Contacts,
    C::Call,
    C::Post,
    C::Part,
    C::Phone,
    C::Number,
    C::Reason,
];
const OF_PEOPLE: &[Column] = &[
    C::PersonName,
    C::PersonCall,
    C::PersonKey,
    C::WeCom,
    C::DingTalk,
    C::Primary,
    C::Team,
    C::Manager,
    C::Roles,
    C::Reason,
];
/// What only a sheet of deals has.
const TELLS_DEALS: [Column; 6] =
    [C::DealName, C::Stage, C::Amount, C::AmountWan, C::ExpectedClose, C::Outcome];

impl Column {
    /// The title that an export writes.
    pub fn title(self) -> &'static str {
        let titles = Self::TITLES.iter().find(|(column, _)| *column == self);
        titles.and_then(|(_, titles)| titles.first()).copied().unwrap_or_default()
    }

    /// What a title means in a sheet of this kind: 「*客户名称（必填）」 is 「客户名称」.
    fn of(title: &str, kind: Kind) -> Option<Self> {
        let of_kind = match kind {
            Kind::Customers => OF_CUSTOMERS,
            Kind::Deals => OF_DEALS,
            Kind::People => OF_PEOPLE,
        };
        let whole: String = same_name(title).chars().filter(|c| c.is_alphanumeric()).collect();
        let folded = same_name(title);
        let outside = folded.split('(').next().unwrap_or_default();
        let outside: String = outside.chars().filter(|c| c.is_alphanumeric()).collect();
        let known = |word: &str| {
            let titles = Self::TITLES.iter().filter(|(column, _)| of_kind.contains(column));
            titles.clone().find(|(_, titles)| titles.contains(&word)).map(|(column, _)| *column)
        };
        match known(&whole).or_else(|| known(&outside)) {
            Some(Self::Amount) if folded.contains('万') => Some(Self::AmountWan),
            found => found,
        }
    }
}

/// A sheet whose columns are understood.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// What its rows are.
    pub kind: Kind,
    /// The line on which the titles stand.
    pub header_line: u32,
    /// Where each column stands, and its title as it is written.
    pub columns: Vec<(usize, Column, String)>,
    /// Titles that mean nothing here.
    pub ignored: Vec<String>,
    /// The place of the first row below the titles, in the sheet's rows.
    pub first: usize,
}

/// One row of a sheet, by what its columns mean.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SheetRow {
    /// The sheet's place in the file.
    pub sheet: u16,
    /// What it is.
    pub kind: Kind,
    /// Its line.
    pub line: u32,
    /// Its cells that hold anything.
    pub cells: Vec<(Column, Cell)>,
}

impl Table {
    /// Finds the titles of a sheet; `None` when nothing in it looks like any.
    pub fn of(sheet: &Sheet, asked: Option<Kind>) -> Option<Self> {
        let kinds = [Kind::People, Kind::Deals, Kind::Customers];
        let kinds = kinds.into_iter().filter(|kind| asked.is_none_or(|asked| asked == *kind));
        let mut best: Option<Self> = None;
        for kind in kinds {
            let rows = sheet.rows.iter().enumerate().take(LOOKED_AT);
            for table in rows.filter_map(|(at, _)| Self::at(&sheet.rows, at, kind)) {
                if best.as_ref().is_none_or(|best| table.columns.len() > best.columns.len()) {
                    best = Some(table);
                }
            }
        }
        best
    }

    fn at(rows: &[Row], at: usize, kind: Kind) -> Option<Self> {
        let row = rows.get(at)?;
        let mut table =
            Self { kind, header_line: row.line, columns: Vec::new(), ignored: Vec::new(), first: at + 1 };
        let above =
            at.checked_sub(1).and_then(|above| rows.get(above)).filter(|above| above.line + 1 == row.line);
        let below = rows.get(at + 1).filter(|below| table.is_second(row, below));
        table.first += usize::from(below.is_some());
        let width = [Some(row), above, below].into_iter().flatten().map(|row| row.cells.len()).max()?;
        for place in 0..width {
            let title = |row: Option<&Row>| match row?.cells.get(place)? {
                Cell::Text(title) => Some(title.to_string()),
                _ => None,
            };
            // A title over two rows stands in the upper one; two rows of titles are told apart in the lower.
            let titles =
                [title(below), title(Some(row)), title(above).filter(|_| title(Some(row)).is_none())];
            let mut titles = titles.into_iter().flatten();
            let written = titles.clone().next();
            let found = titles.find_map(|title| Some((Column::of(&title, kind)?, title)));
            match (found, written) {
                (Some((column, title)), _) if !table.has(column) => {
                    table.columns.push((place, column, title))
                }
                (Some((_, title)), _) | (None, Some(title)) => table.ignored.push(title),
                (None, None) => {}
            }
        }
        table.fits().then_some(table)
    }

    /// Whether `below` is a second row of titles: nothing but titles, one of which stands under none that is known.
    fn is_second(&self, row: &Row, below: &Row) -> bool {
        let of = |cell: &Cell| match cell {
            Cell::Text(title) => Column::of(title, self.kind),
            _ => None,
        };
        let mut titles = below.cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        below.line == row.line + 1
            && titles.clone().all(|(_, cell)| of(cell).is_some())
            && titles.any(|(place, _)| row.cells.get(place).and_then(of).is_none())
    }

    fn fits(&self) -> bool {
        match self.kind {
            Kind::Customers => self.has(C::Customer),
            Kind::Deals => self.has(C::Customer) && TELLS_DEALS.iter().any(|column| self.has(*column)),
            Kind::People => {
                self.has(C::PersonName)
                    && [C::WeCom, C::DingTalk, C::PersonKey].iter().any(|own| self.has(*own))
            }
        }
    }

    fn has(&self, column: Column) -> bool {
        self.columns.iter().any(|(_, known, _)| *known == column)
    }

    /// A column's title as this sheet writes it.
    pub fn title(&self, column: Column) -> &str {
        let own = self.columns.iter().find(|(_, known, _)| *known == column);
        own.map_or(column.title(), |(_, _, title)| title)
    }

    /// The rows below the titles that say anything: no blank ones, no sums, no titles again.
    pub fn rows<'a>(&'a self, at: u16, sheet: &'a Sheet) -> impl Iterator<Item = SheetRow> + 'a {
        let rows = sheet.rows.iter().skip(self.first).filter(|row| !self.is_title(row) && !self.is_sum(row));
        rows.filter_map(move |row| {
            let cell = |place: usize| row.cells.get(place).filter(|cell| !cell.is_empty());
            let cells = self.columns.iter().filter(|(_, column, _)| *column != C::Reason);
            let cells: Vec<(Column, Cell)> =
                cells.filter_map(|(place, column, _)| Some((*column, cell(*place)?.clone()))).collect();
            (!cells.is_empty()).then_some(SheetRow { sheet: at, kind: self.kind, line: row.line, cells })
        })
    }

    fn is_title(&self, row: &Row) -> bool {
        let again = |(place, _, title): &&(usize, Column, String)| matches!(row.cells.get(*place), Some(Cell::Text(text)) if **text == **title);
        self.columns.len() > 1 && self.columns.iter().filter(again).count() * 2 > self.columns.len()
    }

    /// 合计: a row of sums belongs to nobody.
    fn is_sum(&self, row: &Row) -> bool {
        let first = row.cells.iter().find(|cell| !cell.is_empty());
        matches!(first, Some(Cell::Text(text)) if matches!(&*same_name(text), "合计" | "总计" | "小计" | "total" | "合计:"))
    }
}
