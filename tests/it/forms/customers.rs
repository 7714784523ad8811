//! 新建客户 on its page.

use genjin::sales::{CustomerId, Money};
use genjin::state::Deed;

use super::{Desk, LI_NA, WANG_LEI, once};

const GOOD: [(&str, &str); 8] = [
    ("name", "宁波华盛机械有限公司"),
    ("industry", "machinery"),
    ("kind", "factory"),
    ("region", "330200"),
    ("contact", "赵总"),
    ("phone", "138 1234 5678"),
    ("product_line", "vision"),
    ("amount", "50万"),
];

/// The good form with some fields otherwise.
fn with(changed: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let otherwise = |name| changed.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let mut fields: Vec<_> =
        GOOD.iter().map(|(name, value)| (*name, otherwise(*name).unwrap_or(value))).collect();
    fields.extend(changed.iter().filter(|(name, _)| !GOOD.iter().any(|(known, _)| known == name)));
    fields
}

impl Desk {
    async fn customer(&self, name: &'static str) -> Option<genjin::sales::Customer> {
        self.front
            .read(move |state| state.customers().find(|customer| *customer.name == *name).cloned())
            .await
    }

    async fn deals_of(&self, id: CustomerId) -> Vec<genjin::sales::Deal> {
        self.front.read(move |state| state.deals_of_customer(id).cloned().collect()).await
    }
}

#[tokio::test]
async fn eight_facts_make_a_customer_a_deal_and_their_lines() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let page = desk.opens(&link).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for words in
        ["公司名称", "行业", "客户类型", "地区", "联系人", "手机", "产品线", "预计金额", "机械制造", "宁波"]
    {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let answer = desk.fills(&link, &GOOD).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("建好了：华盛机械") && answer.body.contains("/d/"), "{}", answer.body);

    let customer = desk.customer("宁波华盛机械有限公司").await.unwrap();
    assert_eq!((&*customer.short, &*customer.region), ("华盛机械", "330200"));
    assert_eq!((&*customer.contacts[0].call, &*customer.contacts[0].phone), ("赵总", "13812345678"));
    assert!(customer.is_complete());
    let deals = desk.deals_of(customer.id).await;
    let [deal] = &deals[..] else { panic!("{deals:?}") };
    assert_eq!((deal.owner.as_str(), deal.stage.as_str()), ("wang-lei", "contact"));
    assert_eq!((deal.amount, &*deal.product_line), (Money::yuan(500_000), "vision"));

    let lines = desk.lines().await;
    assert_eq!(lines.iter().map(|line| line.what).collect::<Vec<_>>(), [Deed::Entered, Deed::Entered]);
    let changed: Vec<_> =
        lines.iter().flat_map(|line| &line.changes).map(|change| change.record.to_string()).collect();
    assert_eq!(changed, [deal.id.to_string(), customer.id.to_string()]);
    let counts = lines[0].tallies[0].counts;
    assert_eq!((counts.new_deals, counts.new_customers), (1, 1));
    assert_eq!(desk.told().await, ["customer_new"]);
}

#[tokio::test]
async fn second_tap_enters_nothing_twice() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let number = once(&desk.opens(&link).await.body);
    let (first, second) = tokio::join!(desk.sends(&link, &number, &GOOD), desk.sends(&link, &number, &GOOD));
    assert_eq!((first.status, &first.body), (200, &second.body));
    assert_eq!(desk.sends(&link, &number, &GOOD).await, first);
    let customer = desk.customer("宁波华盛机械有限公司").await.unwrap();
    assert_eq!(desk.deals_of(customer.id).await.len(), 1);
}

#[tokio::test]
async fn each_missing_field_is_told_beside_it_and_the_rest_is_kept() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let answer = desk.fills(&link, &[("contact", "赵总"), ("phone", "12345"), ("amount", "很多")]).await;
    assert_eq!(answer.status, 422);
    for words in [
        "还有 7 项要补",
        "写公司全名",
        "选一个行业",
        "选一个客户类型",
        "选客户所在的城市",
        "选一条产品线",
        "对一下号码",
        "金额要填数字",
        "value=\"赵总\"",
        "value=\"12345\"",
        "value=\"很多\"",
    ] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    for (field, value, words) in [
        ("phone", "1381234567", "手机号是 11 位，这里有 10 位"),
        ("phone", "87651234", "区号"),
        ("amount", "50", "50 是元还是万"),
        ("amount", "0", "大于 0"),
        ("name", "宁", "两个字以上"),
        ("contact", "9", "两个字以上"),
        ("industry", "no-such", "选一个行业"),
        ("region", "999999", "选客户所在的城市"),
        ("title", "总经理总经理总经理总经理总经理总经理总经理", "最多 20 个"),
    ] {
        let answer = desk.fills(&link, &with(&[(field, value)])).await;
        assert_eq!(answer.status, 422, "{field} {value}");
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
        assert!(answer.body.contains("还有一项要改"), "{field}: {}", answer.body);
    }
    assert!(desk.lines().await.is_empty(), "nothing has happened");
    assert_eq!(desk.fills(&link, &with(&[("phone", "0574-87651234 转 802")])).await.status, 200);
    let customer = desk.customer("宁波华盛机械有限公司").await.unwrap();
    assert_eq!(&*customer.contacts[0].phone, "0574-87651234-802");
}

#[tokio::test]
async fn city_of_the_name_is_taken_where_none_was_chosen() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    assert_eq!(desk.fills(&link, &with(&[("region", "")])).await.status, 200);
    assert_eq!(&*desk.customer("宁波华盛机械有限公司").await.unwrap().region, "330200");
}

#[tokio::test]
async fn usual_choices_of_the_rep_stand_in_the_form() {
    let desk = Desk::open().await;
    let page = desk.opens(&desk.link(WANG_LEI, "customer", "")).await.body;
    // Most of 王磊's customers are single plants and buy vision.
    for (field, key) in [("kind", "factory"), ("product_line", "vision")] {
        let chosen = format!("name=\"{field}\" value=\"{key}\" checked");
        assert!(page.contains(&chosen), "{chosen}: {page}");
    }
    assert!(page.contains("常去的城市") && !page.contains("name=\"region\" value"), "{page}");
}

#[tokio::test]
async fn customer_of_a_colleague_is_told_plainly_and_nothing_is_lost() {
    let desk = Desk::open().await;
    let link = desk.link(LI_NA, "customer", "");
    let answer = desk.fills(&link, &with(&[("name", "宁波 宏远机械制造（有限公司）")])).await;
    assert_eq!(answer.status, 200);
    for words in ["宏远机械已经有了", "王**", "存成了草稿", "13812345678"] {
        assert!(answer.body.contains(words), "{words}: {}", answer.body);
    }
    assert!(!answer.body.contains("王磊") && !answer.body.contains("/d/"), "{}", answer.body);
    let lines = desk.lines().await;
    let [line] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(line.what, Deed::Collided);
    for words in ["赵总", "13812345678", "50 万", "视觉检测"] {
        assert!(line.text.as_deref().unwrap().contains(words), "{words}: {line:?}");
    }
    assert_eq!(desk.told().await, ["customer_exists"]);
}

#[tokio::test]
async fn own_customer_gets_a_further_deal_of_another_product_line_but_none_of_the_same() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let same = desk.fills(&link, &with(&[("name", "苏州鑫源食品有限公司")])).await;
    assert!(same.body.contains("鑫源食品已经有了") && same.body.contains("/d/"), "{}", same.body);
    let other = desk.fills(&link, &with(&[("name", "苏州鑫源食品有限公司"), ("product_line", "data")])).await;
    assert!(other.body.contains("建好了：鑫源食品"), "{}", other.body);
    let customer = desk.customer("苏州鑫源食品有限公司").await.unwrap();
    assert_eq!(desk.deals_of(customer.id).await.len(), 2);
    assert_eq!(customer.contacts.len(), 3, "the new contact stands beside the known ones");
}

#[tokio::test]
async fn tenth_complete_customer_earns_a_star() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    const NAMES: [&str; 10] = [
        "甲一机械",
        "乙二机械",
        "丙三机械",
        "丁四机械",
        "戊五机械",
        "己六机械",
        "庚七机械",
        "辛八机械",
        "壬九机械",
        "癸十机械",
    ];
    for (n, name) in NAMES.iter().enumerate() {
        let number = once(&desk.opens(&link).await.body);
        let answer = desk.sends(&link, &number, &with(&[("name", name)])).await;
        assert_eq!(answer.body.contains("第 10 份完整档案"), n == 9, "{}", answer.body);
        assert_eq!(desk.sends(&link, &number, &GOOD).await, answer);
    }
}

#[tokio::test]
async fn first_words_on_the_form_are_the_first_follow_up() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let answer = desk.fills(&link, &with(&[("title", "总经理"), ("note", "周五前给方案")])).await;
    assert_eq!(answer.status, 200);
    let customer = desk.customer("宁波华盛机械有限公司").await.unwrap();
    assert_eq!(&*customer.contacts[0].title, "总经理");
    let deal = desk.deals_of(customer.id).await.remove(0);
    assert_eq!(&*deal.recent[0].gist, "周五前给方案");
    assert!(deal.next_step.is_some());
}

#[tokio::test]
async fn customer_entered_by_mistake_is_taken_back_whole() {
    let desk = Desk::open().await;
    let link = desk.link(WANG_LEI, "customer", "");
    let number = once(&desk.opens(&link).await.body);
    desk.sends(&link, &number, &GOOD).await;
    desk.says(WANG_LEI, "撤销").await;
    assert!(desk.customer("宁波华盛机械有限公司").await.is_none());
    let page = desk.opens(&format!("{link}?done={number}")).await;
    assert!(page.body.contains("撤销了"), "{}", page.body);
}
