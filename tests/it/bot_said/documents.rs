//! 发资料: by number, by name, in a group, and what is no such asking.

use super::*;
use genjin::config::MaterialFile;

/// A company all whose materials are files, but one.
fn company() -> Company {
    Company::with(|rules| {
        for material in rules.materials.iter_mut().filter(|it| it.key.as_str() != "service-promise") {
            let name = format!("{}.pdf", material.name);
            material.file = Some(MaterialFile { path: name.clone().into(), name });
        }
    })
}

/// What documents the newest event sent, and to whom.
fn documents(company: &Company, since: usize) -> Vec<(String, Recipient)> {
    let rows = company.state().rows().skip(since).filter_map(|row| match &row.says {
        Saying::Document { material } => Some((material.to_string(), row.to.clone())),
        Saying::Message { .. }
        | Saying::Update { .. }
        | Saying::Media { .. }
        | Saying::Fetch { .. }
        | Saying::Rank { .. } => None,
    });
    rows.collect()
}

fn asks(company: &mut Company, text: &str) -> Vec<String> {
    let before = company.state().rows().count();
    company.hears(WANG_LEI, text);
    documents(company, before).into_iter().map(|(key, _)| key).collect()
}

#[test]
fn number_means_the_card_shown_last_and_a_name_means_itself() {
    let mut company = company();
    let scripts = company.answers(WANG_LEI, "话术 预算不够 鑫源", "script");
    let beside: Vec<&str> =
        scripts.vars["attached"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let key_of = |company: &Company, name: &str| {
        let material = company.state().rules().materials.iter().find(|it| it.name == name);
        material.unwrap().key.to_string()
    };
    for (n, name) in beside.iter().enumerate() {
        let key = key_of(&company, name);
        assert_eq!(asks(&mut company, &format!("发资料{}", n + 1)), [key], "beside the scripts: {beside:?}");
    }
    assert_eq!(asks(&mut company, "发物料：竞品对比表"), ["competitor-table"]);
    assert_eq!(asks(&mut company, "发文件 竞品对比表.pdf"), ["competitor-table"]);
    company.answers(WANG_LEI, "发资料7", "number_none");
    let page = company.answers(WANG_LEI, "发资料 售后服务承诺", "material");
    assert!(page.var("link").starts_with("material://"), "{page:?}");
}

#[test]
fn list_of_the_deal_tells_which_are_files() {
    let mut company = company();
    company.answers(WANG_LEI, "商机 鑫源", "deal");
    let list = company.answers(WANG_LEI, "发资料", "materials");
    let items = list.vars["items"].as_array().unwrap();
    let sent = items.iter().position(|item| item["send"].is_string()).unwrap();
    let asked = items[sent]["send"].as_str().unwrap().to_owned();
    assert_eq!(asks(&mut company, &asked).len(), 1, "{items:?}");
}

#[test]
fn telling_that_something_was_sent_is_a_note() {
    let mut company = company();
    let told = company.hears(WANG_LEI, "发资料给鑫源的陈总了，等他看");
    assert!(told.iter().all(|out| out.template != "material" && out.template != "materials"), "{told:?}");
    assert!(told.iter().any(|out| out.template.starts_with("noted")), "{told:?}");
}

#[test]
fn group_has_a_document_by_its_name_alone() {
    let mut company = company();
    let group = Sender { group: Some("g".into()), ..company.sender(LI_NA) };
    let mut hears = |text: &str| {
        let before = company.state().rows().count();
        let content = Content::Text(text.into());
        let out = company.happens(What::Said(Said { from: group.clone(), content }));
        (documents(&company, before), out.len())
    };
    let to_group = Recipient::Group { id: "g".into() };
    assert_eq!(hears("发资料 竞品对比表"), (vec![("competitor-table".to_owned(), to_group)], 0));
    for text in ["发资料", "发资料1", "发资料 售后服务承诺"] {
        assert_eq!(hears(text), (Vec::new(), 1), "{text} is for the private chat");
    }
}

#[test]
fn materials_are_listed_by_their_word_for_the_deal_at_hand_or_a_named_customer() {
    let mut company = company();
    let list = company.answers(WANG_LEI, "宏远 物料", "materials");
    assert_eq!(list.var("customer"), "宏远机械");
    let again = company.answers(WANG_LEI, "物料", "materials");
    assert_eq!(again.var("customer"), "宏远机械", "it is spoken of since");
    assert_eq!(company.answers(WANG_LEI, "资料 鑫源", "materials").var("customer"), "鑫源食品");
    let noted = company.hears(WANG_LEI, "鑫源要的资料发了");
    assert!(noted.iter().any(|out| out.template.starts_with("noted")), "{noted:?}");
}
