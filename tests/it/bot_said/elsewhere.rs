//! Words that lead elsewhere: a name that nobody has, a customer of a colleague's, a colleague's own name, a question.

use super::*;

#[test]
fn hand_over_of_an_unknown_customer_never_means_the_one_spoken_of() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "鑫源的刘总说先看方案");
    let answer = company.answers(WANG_LEI, "移交 火星公司", "deal_none");
    assert_eq!(answer.var("said"), "火星公司");
    let answer = company.answers(WANG_LEI, "移交 火星公司 给小陈", "deal_none");
    assert_eq!(answer.var("said"), "火星公司");
    company.answers(WANG_LEI, "移交", "hand_over");
    let asked = company.answers(WANG_LEI, "移交 金利达 给老孙", "hand_over");
    assert_eq!(asked.vars["stranger"], "老孙");
}

#[test]
fn deal_of_a_colleague_is_named_with_its_owner() {
    let mut company = Company::open();
    for text in ["移交 金利达 给刘洋", "金利达丢了", "关闭商机 金利达"] {
        let answer = company.answers(LI_NA, text, "deal_not_yours");
        assert_eq!((answer.var("customer"), answer.var("owner")), ("金利达", "小王"), "{text}");
    }
}

#[test]
fn manager_hands_on_a_deal_and_both_owners_hear() {
    let mut company = Company::open();
    let out = company.hears(LI_MING, "移交 金利达 给陈浩");
    let templates: Vec<(&str, &Recipient)> = out.iter().map(|out| (&*out.template, &out.to)).collect();
    let person = |user: &str| Recipient::Person { user: user.into() };
    assert_eq!(
        templates,
        [
            ("handed_over", &person("ChenHao")),
            ("handed_on", &person("WangLei")),
            ("handed_off", &person("LiMing"))
        ]
    );
    assert_eq!((out[1].var("by"), out[1].var("to")), ("李经理", "陈浩"));
    // Nobody named: the owner's mates are offered, and a tap hands on.
    let asked = company.answers(LI_MING, "移交 海盛泵阀", "hand_over");
    assert!(asked.vars["options"].to_string().contains("徐静"), "{}", asked.vars);
    let before = company.deal("海盛泵阀", "vision").owner.clone();
    company.taps(LI_MING, "1");
    assert_ne!(company.deal("海盛泵阀", "vision").owner, before);
}

#[test]
fn colleagues_name_lists_what_they_have_for_who_leads_them() {
    let mut company = Company::open();
    for text in ["王磊", "小王最近怎么样", "看看小王的商机"] {
        let answer = company.answers(LI_MING, text, "deals");
        assert_eq!(answer.var("said"), "小王", "{text}");
        assert_eq!(answer.vars["items"].as_array().unwrap().len(), 3);
    }
    // A digit means one of them.
    company.answers(LI_MING, "2", "deal_lead");
    let peer = company.answers(CHEN_HAO, "王磊", "unknown");
    assert_eq!(peer.vars["question"], true);
}

#[test]
fn manager_asks_for_the_digest_at_any_time() {
    let mut company = Company::open();
    company.answers(LI_MING, "战报", "teams_quiet");
    company.waits(TimeDelta::days(6));
    let told = company.answers(LI_MING, "谁卡住了", "manager_digest");
    assert!(!told.vars["stuck"].as_array().unwrap().is_empty());
    company.answers(LI_MING, "1", "deal_lead");
    // Who leads nobody has their own day.
    company.answers(WANG_LEI, "战报", "today");
}

#[test]
fn task_for_nobody_is_kept_and_says_so() {
    let mut company = Company::open();
    let answer = company.answers(LI_MING, "@火星人 明天前 给宏远打电话", "action_nobody");
    assert_eq!((answer.var("who"), &answer.vars["unknown"]), ("火星人", &Value::Bool(true)));
    assert_eq!(company.lines(Deed::Drafted).len(), 1);
}

#[test]
fn question_about_nobody_is_no_note_on_the_deal_spoken_of() {
    let mut company = Company::open();
    company.hears(WANG_LEI, "金利达的吴总说先看方案");
    let notes = company.lines(Deed::Noted).len();
    for text in ["这周签了几单", "李经理什么时候回来？", "刘经理电话多少"] {
        let answer = company.answers(WANG_LEI, text, "unknown");
        assert_eq!(answer.vars["question"], true, "{text}");
    }
    for text in ["金利达什么时候签", "金利达那边报价多少"] {
        company.answers(WANG_LEI, text, "deal");
    }
    assert_eq!(company.lines(Deed::Noted).len(), notes);
    // A customer's question told is a note.
    company.hears(WANG_LEI, "吴总问交期多少");
    assert_eq!(company.lines(Deed::Noted).len(), notes + 1);
    company.answers(WANG_LEI, "你能干啥", "help");
}

#[test]
fn question_is_no_name_of_a_new_customer() {
    let mut company = Company::open();
    company.answers(LI_NA, "新客户", "new_customer");
    assert_eq!(company.answers(LI_NA, "刘经理电话多少", "unknown").vars["question"], true);
    let named = company.answers(LI_NA, "宁波华盛阀门有限公司", "new_customer");
    assert_eq!(named.var("customer"), "宁波华盛阀门有限公司");
}

#[test]
fn number_on_the_list_of_kinds_is_a_kind() {
    let mut company = Company::open();
    company.answers(WANG_LEI, "话术", "script_kinds");
    company.answers(WANG_LEI, "发1", "script");
}
