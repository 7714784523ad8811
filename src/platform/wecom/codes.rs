//! WeCom's error codes, sorted by what to do (wecom.md 3.3, 3.4). One table; what is not in it is refused content.

use std::time::Duration;

use crate::platform::error::Class;

/// A minute's limit is a minute's wait (wecom.md 3.2).
const MINUTE: Duration = Duration::from_secs(60);
const SECOND: Duration = Duration::from_secs(1);

/// The class of an `errcode` other than 0, of any call but `gettoken`.
pub(super) fn class(errcode: i64) -> Class {
    match errcode {
        -1 | 6000 | 45035 => Class::Transient,
        45009 | 41094 => Class::Wait(MINUTE),
        45033 => Class::Wait(SECOND),
        // 40001 too: the secret was good when it bought the token.
        40001 | 40014 | 41001 | 42001 | 42009 => Class::Token,
        // Members: unknown, left, outside the app's visible range.
        40003 | 43004 | 46004 | 50002 | 60021 | 60111 | 81013 => Class::Gone,
        // Chats: dissolved, or the app is not in them.
        40050 | 93001 | 93006 | 93008 => Class::Gone,
        // Cards: never sent, or the code for the one update is used or 72 hours old.
        42016 | 42022 | 60140 => Class::Gone,
        _ => cure(errcode).map_or(Class::Rejected, Class::Config),
    }
}

/// The class of an `errcode` of `gettoken`: here a refused secret is the operator's to mend.
pub(super) fn token_class(errcode: i64) -> Class {
    match class(errcode) {
        Class::Token | Class::Rejected | Class::Gone => {
            Class::Config("check corp_id and secret of this app in apps.toml against the WeCom console")
        }
        other => other,
    }
}

/// What the operator does about a code of the configuration.
fn cure(errcode: i64) -> Option<&'static str> {
    Some(match errcode {
        60020 | 48009 => {
            "add the address after 'from ip' to the app's trusted IPs (企业可信IP) in the WeCom console"
        }
        40013 | 40091 => "corp_id in apps.toml is not the corporation that the secret belongs to",
        40056 | 301_002 => "agent_id in apps.toml is not the app that the secret belongs to",
        48001 | 48002 | 48004 | 60011 | 60031 => {
            "grant the app this API in the WeCom console; for app chats its visible range must be the root department"
        }
        48006 => "the app was suspended for disuse; open it once in the WeCom console",
        50003 => "the app is disabled; enable it in the WeCom console",
        50001 | 80001 | 85005 => "set the app's trusted domain (可信域名) to the host of our pages",
        43009 => "the corporation must be verified for this",
        43012 => {
            "set the app's receive-message URL (接收消息) in the WeCom console, cards with buttons need it"
        }
        93000 => "the group webhook's key is wrong or its robot was removed; copy the key again",
        93004 => "the group robot may not push; enable it in the group's settings",
        86004 => "an app chat's name has at most 50 characters: shorten the team's name in people.toml",
        86006 => "an app chat needs two members: give the team's members their WeCom ids in people.toml",
        86007 | 86207 | 86216 => {
            "a member of the app chat is unknown, or outside the app's visible range, which must be the whole \
             corporation (root department) for app chats: mend the app's range, or the id in people.toml"
        }
        93019 | 853_000 => "bot_id or secret of the AI bot is wrong",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_of_the_reference_has_its_class() {
        let is_config = |class: Class| matches!(class, Class::Config(_));
        for code in [-1, 6000, 45035] {
            assert_eq!(class(code), Class::Transient, "{code}");
        }
        for code in [45009, 45033, 41094] {
            assert!(matches!(class(code), Class::Wait(_)), "{code}");
        }
        for code in [40001, 40014, 41001, 42001, 42009] {
            assert_eq!(class(code), Class::Token, "{code}");
        }
        for code in [
            60020, 40013, 40056, 301_002, 48001, 48002, 48004, 48006, 50001, 50003, 60031, 80001, 85005,
            43009, 43012, 93000, 93004, 93019, 853_000,
        ] {
            assert!(is_config(class(code)), "{code}");
        }
        for code in [81013, 60111, 46004, 60021, 60140, 42016, 93006] {
            assert_eq!(class(code), Class::Gone, "{code}");
        }
        for code in
            [40008, 40033, 40035, 40058, 42014, 42015, 42035, 42042, 42045, 42051, 44004, 45002, 82001]
        {
            assert_eq!(class(code), Class::Rejected, "{code}");
        }
    }

    #[test]
    fn refused_secret_is_permanent_only_when_buying_a_token() {
        assert_eq!(class(40001), Class::Token);
        for code in [40001, 40013, 41004, 50003, 60020] {
            assert!(matches!(token_class(code), Class::Config(_)), "{code}");
        }
        assert_eq!(token_class(-1), Class::Transient);
        assert!(matches!(token_class(45009), Class::Wait(_)));
    }
}
