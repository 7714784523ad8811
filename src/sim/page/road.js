// The drawer 「发生了什么」: the road of the last events in plain words, the raw request and answer one click away.
// What the simulator saw of it is described in src/sim/road.rs.
import { api, instant, list, text } from './api.js';
import { $, APPS, h, state } from './dom.js';

const SHOWN = 8;

export class Road {
  constructor(clock) {
    this.clock = clock;
    this.drawer = $('road');
    $('road-toggle').onclick = () => this.open(this.drawer.hidden);
    $('road-close').onclick = () => this.open(false);
    this.drawer.onkeydown = ({ key }) => key === 'Escape' && this.open(false);
  }

  open(on) {
    this.drawer.hidden = !on;
    $('road-toggle').ariaExpanded = String(on);
    document.body.classList.toggle('with-road', on);
    if (on) this.read();
    else $('road-toggle').focus();
  }

  /** Reads the road of the person whose phone was used last. */
  async read(phone = this.phone) {
    this.phone = phone;
    const person = phone?.speaker;
    if (this.drawer.hidden || !person) return;
    $('road-whose').textContent = `${person.name} · ${APPS[person.platform]}，最新的在上面`;
    const box = $('road-list');
    try {
      const events = (await api.road(person)).slice(-SHOWN).reverse();
      const print = person.key + JSON.stringify(events);
      if (person !== this.phone.speaker || print === this.print) return;
      this.print = print;
      box.replaceChildren(...events.map((each, at) => this.one(each, at === 0)));
      if (events.length === 0) box.append(state('还没有事发生。在手机里说一句，它走过的路就在这里。'));
    } catch (error) {
      this.print = '';
      box.replaceChildren(state(`读不到经过：${error.message}。`, '再试一次', () => this.read()));
    }
  }

  one(event, open) {
    const { kind, callback, platform } = event;
    const sends = list(event.sends);
    const tries = list(callback?.attempts);
    const last = tries.at(-1);
    const failed = callback && !(last?.status < 400 && !last.error);
    const said = sends.map(words).filter(Boolean);
    const steps = [];
    if (kind === 'push') steps.push(['到点了', '没有人发话，是时间到了']);
    else if (!callback) steps.push(['没有回调', '这一下，平台不告诉机器人']);
    else {
      steps.push(['收到回调', `${APPS[platform]}签了名，送到 ${pathOf(callback.url)}${tries.length > 1 ? `，送了 ${tries.length} 次` : ''}`]);
      if (failed) steps.push(['没有答应', text(last?.error) || (last?.status ? `服务答的是 ${last.status}` : '服务没有应声')]);
      else steps.push(['听懂', said.length ? `答的是「${said[0]}」` : '验签、解开，读成一件事'], ['存好', `${last.ms || '不到 1'} 毫秒，落了盘才答应`]);
    }
    const lost = sends.filter(refused).length;
    steps.push(['已发', sends.length ? `${sends.length} 条，${lost ? `${lost} 条被平台退回` : '平台收下了'}` : '没有要发的']);
    const what = kind === 'say' ? `说「${event.text}」` : kind === 'tap' ? `点「${event.text}」` : said[0] ?? '一条推送';
    return h('details', { class: 'event', open },
      h('summary', {}, h('b', {}, what), h('time', {}, event.at ? this.clock.said(instant(event.at)) : '')),
      h('ol', { class: failed ? 'steps failed' : 'steps' }, steps.map(([name, how]) => h('li', {}, h('b', {}, name), h('span', {}, how)))),
      callback && raw('原始请求', [callback.url, callback.request, callback.plain !== callback.request && `—— 解开以后 ——\n${pretty(callback.plain)}`]),
      tries.length > 0 && raw('原始回答', tries.map((each) => `${each.status ?? '没有应声'}　${each.ms} 毫秒\n${pretty(each.answer || each.error || '')}`)),
      sends.length > 0 && raw('发出的调用', sends.map((each) => `${each.method} ${each.path}\n${pretty(each.request)}\n→ ${each.status}　${each.ms} 毫秒\n${pretty(each.answer)}`)));
  }
}

/** The first line that a person reads of a call, by what both platforms call it. */
function words({ request }) {
  const body = parsed(request) ?? {};
  const param = parsed(body.msgParam) ?? {};
  const card = body.template_card?.main_title ?? body.cardData?.cardParamMap ?? body.actionCard ?? body.textcard ?? {};
  const line = card.title ?? body.text?.content ?? body.markdown?.content ?? param.title ?? param.content ?? param.text ?? body.button?.replace_name;
  return text(line).split('\n')[0].replace(/<[^>]*>|\*\*|^#+ /g, '').slice(0, 28);
}

function refused({ status, answer }) {
  const { errcode, code } = parsed(answer) ?? {};
  return status >= 400 || Boolean(errcode) || Boolean(code);
}

const raw = (label, parts) => h('details', { class: 'raw' }, h('summary', {}, label), h('pre', { tabindex: 0 }, parts.filter(Boolean).map(pretty).join('\n\n')));

function parsed(value) {
  try { return JSON.parse(value); } catch { return undefined; }
}

/** JSON indented, all else as it is. */
function pretty(value) {
  const json = parsed(value);
  return json && typeof json === 'object' ? JSON.stringify(json, null, 2) : value;
}

function pathOf(url) {
  try { return new URL(url).pathname; } catch { return text(url); }
}
