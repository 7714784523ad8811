//! The templates that ship in the binary: what a folder's files are held against, what serves a message that the
//! folder has no file for, and the last good version at a first start with a broken file.

macro_rules! shipped {
    ($($key:literal),* $(,)?) => {
        &[$(($key, include_str!(concat!("../../message-templates/", $key, ".md")))),*]
    };
}

/// Key and text of every message, by key.
pub(super) const SHIPPED: &[(&str, &str)] = shipped![
    "action_accepted",
    "action_card",
    "action_closed",
    "action_create",
    "action_empty",
    "action_evidence",
    "action_how",
    "action_issued",
    "action_list",
    "action_nobody",
    "action_none",
    "action_off",
    "action_overdue",
    "action_overdue_list",
    "action_return_why",
    "action_returned",
    "action_review",
    "action_sent_back",
    "action_shown",
    "action_started",
    "action_status",
    "action_submitted",
    "action_trouble",
    "action_trouble_told",
    "action_trouble_why",
    "all",
    "checkpoint_missing",
    "choose_first",
    "close_deal",
    "closed",
    "config_fault",
    "config_live",
    "courtesy",
    "customer_exists",
    "customer_new",
    "deal",
    "deal_lead",
    "deal_none",
    "deal_not_yours",
    "deals",
    "empty_note",
    "group_digest",
    "group_private",
    "hand_over",
    "hand_over_all",
    "handed_off",
    "handed_on",
    "handed_over",
    "help",
    "loss_reason",
    "manager_digest",
    "material",
    "materials",
    "materials_how",
    "media_lost",
    "meeting_cancelled",
    "meeting_moved",
    "meeting_outcome",
    "mute",
    "new_customer",
    "new_customer_choices",
    "no_mates",
    "not_saved",
    "note_prompt",
    "noted",
    "noted_card",
    "noted_for",
    "noted_many",
    "number_none",
    "overdue_list",
    "overdue_warning",
    "pack",
    "picture_kept",
    "picture_whose",
    "privacy",
    "promises",
    "remark",
    "remind_set",
    "remind_when",
    "reopen_none",
    "reopened",
    "roi",
    "roi_bare",
    "roi_none",
    "script",
    "script_bare",
    "script_declined",
    "script_judge_how",
    "script_judged",
    "script_kinds",
    "script_none",
    "script_offer",
    "script_offer_how",
    "script_offer_kept",
    "script_offer_settled",
    "script_taken",
    "stage_entered",
    "stale_card",
    "store_repaired",
    "stranger",
    "taken_over",
    "teams_quiet",
    "today",
    "today_empty",
    "undo_nothing",
    "undone",
    "unknown",
    "voice_no_text",
    "welcome",
    "which_deal",
    "who_sees",
    "why",
    "why_none",
];

/// Bodies of one platform that ship, by their file's name.
pub(super) const SHIPPED_BODIES: &[(&str, &str)] =
    &[("script.wecom.md", include_str!("../../message-templates/script.wecom.md"))];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::SHIPPED;

    #[test]
    fn every_template_of_the_folder_ships() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("message-templates");
        let mut keys: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter_map(|file| file.strip_suffix(".md").map(str::to_owned))
            .filter(|key| key != "README" && !key.contains('.'))
            .collect();
        keys.sort();
        assert_eq!(keys, SHIPPED.iter().map(|(key, _)| *key).collect::<Vec<_>>());
    }
}
