//! DingTalk's error codes of both API generations, sorted by what to do (dingtalk.md 13).
//!
//! The new host is told apart by `code` and never by the status alone: its throttling is a 403 like a missing
//! permission. The old host may hide the real code behind 88, in `sub_code` or in brackets of `errmsg`.

use std::time::Duration;

use super::wire::OldAnswer;
use crate::platform::error::Class;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// A custom robot that was too fast is silent so long (dingtalk.md 6).
const ROBOT_BAN: Duration = Duration::from_secs(600);
/// A source address that called too often gets no JSON for so long (dingtalk.md 0.4).
pub(super) const ADDRESS_BAN: Duration = Duration::from_secs(300);

const CREDENTIALS: &str = "check app_key, app_secret and corp_id of this app in apps.toml";
const PERMISSION: &str = "grant the app this permission in the DingTalk developer console";
const ADDRESS: &str = "add this machine's address to the app's IP white list, or empty the list";
const ROBOT: &str = "check robot_code in apps.toml and that the robot is published and enabled";
const WEBHOOK: &str = "the group robot's token is wrong or the robot was stopped; copy its webhook again";
const SECURITY: &str = "the group robot's security settings refuse us: check its secret, keywords and IP list, and \
                        this machine's clock";
const CALLBACK: &str = "the card callback cannot be registered: check the service's public URL";

/// The class of a failure of the new host.
pub(super) fn class(status: u16, code: &str) -> Class {
    throttle(code).or_else(|| named(code)).or_else(|| family(code)).unwrap_or(match status {
        401 => Class::Token,
        403 => Class::Config(PERMISSION),
        429 => Class::Wait(SECOND),
        // The gateway gives up after 3 s, the backend may have gone on.
        500.. => Class::InDoubt,
        _ => Class::Rejected,
    })
}

/// The class of a failure to buy a token: here everything refused is the operator's to mend.
pub(super) fn token_class(status: u16, code: &str) -> Class {
    match class(status, code) {
        Class::Token | Class::Rejected | Class::Gone => Class::Config(CREDENTIALS),
        other => other,
    }
}

fn throttle(code: &str) -> Option<Class> {
    if let Some(limit) = code.strip_prefix("Forbidden.AccessDenied.") {
        return match limit {
            "ApiCountLimitForOrg" => Some(Class::QuotaMonth),
            "IpNotInWhiteList" => Some(Class::Config(ADDRESS)),
            _ if limit.starts_with("QpmLimitFor") => Some(Class::Wait(MINUTE)),
            _ if limit.starts_with("QpsLimitFor") => Some(Class::Wait(SECOND)),
            _ => None,
        };
    }
    match code {
        "send.too.fast" | "send.byToken.tooFast" | "too.many.people" | "too.many.group" | "flowLimit" => {
            Some(Class::Wait(MINUTE))
        }
        _ if code.ends_with("flowControlError") => Some(Class::Wait(MINUTE)),
        "daily.call.limit" | "integrated.qps.exceed" => Some(Class::QuotaDay),
        _ => None,
    }
}

fn named(code: &str) -> Option<Class> {
    Some(match code {
        "InvalidAuthentication" => Class::Token,
        "authFailed" | "unauthorized.client" | "invalidClientIdOrSecret" | "invalid.client" => {
            Class::Config(CREDENTIALS)
        }
        "auth.error" | "unauthorized" => Class::Config(PERMISSION),
        "staffId.notExisted" | "param.userIdNotExist" | "invalid.user" => Class::Gone,
        "group.disbanded"
        | "chat.notExist"
        | "invalid.openConversationId"
        | "conversationNotExist"
        | "robot.oto.notExist"
        | "itemNotFound" => Class::Gone,
        // The caller sends a new card, or by another way than the session.
        "param.cardNotExist" | "cardInstance.notExist" | "session.expired" | "session.notExisted" => {
            Class::Gone
        }
        "chatbotId.notAllow.sendOTO"
        | "bot.stopped"
        | "resource.not.found"
        | "resource.unavailable"
        | "conversation.org.notMatch" => Class::Config(ROBOT),
        "template.stopped" | "param.templateNotExist" | "param.templateUnpublished" => {
            Class::Config("check card_template in apps.toml and publish the template")
        }
        "param.callbackRouteKeyExist" | "param.callbackUrlEmpty" | "system.updateCallbackFailed" => {
            Class::Config(CALLBACK)
        }
        "unknown.send.result" => Class::InDoubt,
        "commonParamIllegal" | "Missingbody" | "error.notFound" => Class::Rejected,
        _ => return None,
    })
}

fn family(code: &str) -> Option<Class> {
    if code.starts_with("invalidParameter.robotCode") {
        return Some(Class::Config(ROBOT));
    }
    let of_the_content = ["invalidParameter.", "miss.param.", "param.", "contain."];
    of_the_content.iter().any(|prefix| code.starts_with(prefix)).then_some(Class::Rejected)
}

/// The class of an answer of the old host whose `errcode` is not 0.
pub(super) fn old_class(answer: &OldAnswer) -> Class {
    if answer.errcode == 15 || answer.sub_code == "isp.top-remote-connection-timeout" {
        return Class::InDoubt;
    }
    if answer.errcode != 88 {
        return by_errcode(answer.errcode);
    }
    match sub_code(answer) {
        Some(code) => by_errcode(code),
        // The service that knows the tokens did not answer in time.
        None => Class::Transient,
    }
}

/// The code behind 88: its own field, or `[subcode=40014,submsg=…]`.
fn sub_code(answer: &OldAnswer) -> Option<i64> {
    let in_brackets = || {
        let (_, rest) = answer.errmsg.split_once("subcode=")?;
        rest.split([',', ']']).next()
    };
    let code = Some(answer.sub_code.as_str()).filter(|code| !code.is_empty()).or_else(in_brackets)?;
    code.trim().parse().ok()
}

fn by_errcode(errcode: i64) -> Class {
    match errcode {
        -1 => Class::Transient,
        // 40001 may be a stale token; if it is the secret, buying the next token says so.
        40001 | 40014 | 42001 => Class::Token,
        90018 | 90001..=90014 => Class::Wait(SECOND),
        410_100 | 130_101 => Class::Wait(ROBOT_BAN),
        90020 => Class::QuotaMonth,
        143_105 | 143_106 | 143_205 | 143_206 => Class::QuotaDay,
        41029 | 41045..=41048 | 143_103 | 143_104 | 143_203 | 143_204 => Class::Wait(MINUTE),
        33012 | 60121 | 46004 | 40003 | 40031 | 40032 => Class::Gone,
        60003 | 40009 | 49000 | 34001 | 40016 | 400_013 | 400_106 => Class::Gone,
        40089 | 400_021 | 40002 | 40013 => Class::Config(CREDENTIALS),
        50002 | 50004 | 60011 | 43007 | 400_020 | 48002 | 48004 | 1_430_004 => Class::Config(PERMISSION),
        60020 | 90017 => Class::Config(ADDRESS),
        310_000 => Class::Config(SECURITY),
        300_001 | 400_101 => Class::Config(WEBHOOK),
        50003 | 50005 | 400_102 => Class::Config(ROBOT),
        71006..=71013 | 400_050..=400_054 => Class::Config(CALLBACK),
        52011..=52026 => Class::Config("check the page's JSAPI settings"),
        _ => Class::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(status: u16, codes: &[&str], wanted: &str) {
        for code in codes {
            assert_eq!(kind(class(status, code)), wanted, "{status} {code}");
        }
    }

    fn kind(class: Class) -> &'static str {
        match class {
            Class::Transient => "transient",
            Class::Wait(wait) if wait == SECOND => "wait 1 s",
            Class::Wait(wait) if wait == MINUTE => "wait 1 min",
            Class::Wait(_) => "wait 10 min",
            Class::Token => "token",
            Class::Gone => "gone",
            Class::Rejected => "rejected",
            Class::Config(_) => "config",
            Class::QuotaDay => "day",
            Class::QuotaMonth => "month",
            Class::InDoubt => "in doubt",
        }
    }

    #[test]
    fn throttling_is_told_from_a_missing_permission_by_the_code() {
        let denied = |limit: &str| kind(class(403, &format!("Forbidden.AccessDenied.{limit}")));
        assert_eq!(denied("AccessTokenPermissionDenied"), "config");
        assert_eq!(denied("IpNotInWhiteList"), "config");
        assert_eq!(denied("QpsLimitForAppkeyAndApi"), "wait 1 s");
        assert_eq!(denied("QpsLimitForApi"), "wait 1 s");
        assert_eq!(denied("QpsLimitForSuitekeyAndOrgAndApi"), "wait 1 s");
        assert_eq!(denied("QpmLimitForAppkeyAndApi"), "wait 1 min");
        assert_eq!(denied("ApiCountLimitForOrg"), "month");
    }

    #[test]
    fn each_new_code_of_the_reference_has_its_class() {
        is(400, &["InvalidAuthentication"], "token");
        is(401, &["InvalidAuthentication", ""], "token");
        is(401, &["authFailed", "unauthorized.client"], "config");
        is(400, &["invalidClientIdOrSecret", "invalid.client"], "config");
        is(400, &["send.too.fast", "send.byToken.tooFast", "too.many.people", "flowLimit"], "wait 1 min");
        is(400, &["robot.flowControlError"], "wait 1 min");
        is(400, &["daily.call.limit", "integrated.qps.exceed"], "day");
        is(400, &["staffId.notExisted", "param.userIdNotExist", "invalid.user"], "gone");
        is(
            400,
            &["group.disbanded", "chat.notExist", "invalid.openConversationId", "robot.oto.notExist"],
            "gone",
        );
        is(400, &["invalidParameter.robotCode.empty", "chatbotId.notAllow.sendOTO", "bot.stopped"], "config");
        is(
            400,
            &["template.stopped", "resource.not.found", "conversation.org.notMatch", "auth.error"],
            "config",
        );
        is(
            400,
            &["invalidParameter.msgParam.tooLong", "miss.param.msgKey", "param.cardPublicDataEmpty"],
            "rejected",
        );
        is(400, &["contain.notAllowed.words", "contain.unsafe.url", "param.contentUnsafe"], "rejected");
        is(400, &["param.cardNotExist", "cardInstance.notExist", "session.expired"], "gone");
        is(400, &["commonParamIllegal", "Missingbody", "unheard.of"], "rejected");
        is(400, &["unknown.send.result"], "in doubt");
        is(404, &["error.notFound"], "rejected");
        is(429, &["system.busy", "systemBusy"], "wait 1 s");
        is(500, &["system.error", "system.busy", "unknownError"], "in doubt");
        is(504, &[""], "in doubt");
    }

    #[test]
    fn each_old_code_of_the_reference_has_its_class() {
        for (codes, wanted) in [
            (&[-1][..], "transient"),
            (&[15], "in doubt"),
            (&[40014, 42001, 40001], "token"),
            (&[90018, 90002, 90005, 90006, 90008, 90010], "wait 1 s"),
            (&[130_101, 410_100], "wait 10 min"),
            (&[90020], "month"),
            (&[143_105, 143_106], "day"),
            (&[33012, 60121, 46004, 60003, 49000, 34001, 400_013, 400_106], "gone"),
            (
                &[40089, 400_021, 50002, 60011, 43007, 60020, 90017, 310_000, 300_001, 400_101, 400_102],
                "config",
            ),
            (&[71006, 71013, 400_050, 400_054, 52011, 52026, 50003, 1_430_004], "config"),
            (&[22, 34, 41, 41001, 40035, 43004, 45002, 430_101, 430_104, 41049, 60022, 660_026], "rejected"),
        ] {
            for &errcode in codes {
                assert_eq!(
                    kind(old_class(&OldAnswer { errcode, ..OldAnswer::default() })),
                    wanted,
                    "{errcode}"
                );
            }
        }
    }

    #[test]
    fn code_behind_88_is_found_in_its_field_and_in_brackets() {
        let answer = |sub_code: &str, errmsg: &str| {
            let (sub_code, errmsg) = (sub_code.into(), errmsg.into());
            kind(old_class(&OldAnswer { errcode: 88, errmsg, sub_code, ..OldAnswer::default() }))
        };
        assert_eq!(answer("40014", ""), "token");
        assert_eq!(answer("60011", ""), "config");
        assert_eq!(answer("", "ding talk error[subcode=40014,submsg=不合法的access_token]"), "token");
        assert_eq!(answer("", "ding talk error[subcode=90018,submsg=…]"), "wait 1 s");
        assert_eq!(answer("", ""), "transient");
        assert_eq!(answer("isp.top-remote-connection-timeout", ""), "in doubt");
    }
}
