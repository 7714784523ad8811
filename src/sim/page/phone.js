// One phone: whose it is, what stands in its chat, what is typed and tapped in it.
// The chat is drawn by message id: what is new slides in, what changed is drawn again and gets a thin line.
import { api } from './api.js';
import { suggestions } from './chips.js';
import * as dingtalk from './dingtalk.js';
import { APPS, botFace, face, h, stamp, state } from './dom.js';
import { picture } from './markdown.js';
import { openPage } from './web.js';
import * as wecom from './wecom.js';

const DRAW = { wecom, dingtalk };
const BOT = '跟进';
const APART_MS = 5 * 60_000;
const TOAST_MS = 5000;

export class Phone {
  /** `stage` (phones.js) holds what the phones share: the world, the clock, and who listens. */
  constructor(slot, stage) {
    Object.assign(this, { slot, stage, isGroup: slot === 'group', drawn: new Map(), turn: 0, answered: 0, inView: true }, stamp('phone'));
    const { element, who, chat, newer, input, form, web, attach, file } = this;
    element.dataset.phone = input.dataset.say = slot;
    element.onpointerdown = () => stage.active(this);
    element.addEventListener('focusin', element.onpointerdown);
    if (this.isGroup) who.ariaLabel = '换一个群';
    who.onchange = () => stage.choose(this, who.value);
    chat.onclick = (event) => this.clicked(event);
    chat.onscroll = () => { this.atEnd = this.nearEnd(); };
    new ResizeObserver(() => this.atEnd && this.toEnd()).observe(chat);
    // A picture grows once its bytes are there.
    chat.addEventListener('load', () => this.atEnd && this.toEnd(), true);
    newer.onclick = () => this.toEnd();
    form.onsubmit = (event) => this.typed(event);
    attach.onclick = () => file.click();
    file.onchange = () => this.attached();
    web.onkeydown = ({ key }) => key === 'Escape' && this.closePage();
  }

  /** Gives the phone to a person, or to a group, and draws it from nothing. */
  async show(owner) {
    Object.assign(this, { owner, turn: this.turn + 1, fresh: true, last: undefined, offered: '' });
    this.drawn.clear();
    this.closePage();
    const platform = owner?.platform ?? (this.slot === 'dingtalk' ? 'dingtalk' : 'wecom');
    const app = this.app.textContent = APPS[platform];
    const deaf = this.isGroup && platform === 'wecom';
    this.speaker = this.isGroup ? this.stage.speaker(owner) : owner;
    this.element.dataset.platform = platform;
    this.element.setAttribute('aria-label', owner ? `${owner.name}的${app}` : '空着的手机');
    this.whose.replaceChildren(owner ? face(owner.name) : '');
    this.title.textContent = this.isGroup && owner ? owner.name : BOT;
    this.subtitle.textContent = this.isGroup ? (owner?.members.length ? `${owner.members.length} 人` : '群') : platform === 'dingtalk' ? '机器人' : '应用';
    this.who.disabled = !owner;
    this.form.hidden = this.chips.hidden = deaf || !this.speaker;
    this.mute.hidden = !deaf || !owner;
    this.input.placeholder = this.isGroup ? `${this.speaker?.name ?? ''} @${BOT} 说一句` : '说一句，回车就发';
    this.whole(owner ? h('div', { class: 'loading', 'aria-label': '正在读消息' }, h('i'), h('i'), h('i')) : state(this.isGroup ? '这家企业还没有群。' : `还没有人用${app}。`));
    if (owner) await this.refresh();
  }

  /** One thing instead of a chat. */
  whole(element) {
    this.chat.replaceChildren(h('li', { class: 'whole' }, element));
  }

  /** Reads the chat again; answers how many messages of others have come since. */
  async refresh() {
    const { owner, turn } = this;
    const asked = this.asked = (this.asked ?? 0) + 1;
    if (!owner) return 0;
    try {
      const messages = await api.chat(owner, this.speaker?.id);
      // Answers may overtake each other: an older one than what is drawn says nothing.
      if (turn !== this.turn || asked < this.answered) return 0;
      this.answered = asked;
      return this.draw(messages);
    } catch (error) {
      if (turn === this.turn && this.fresh) this.whole(state(`读不到消息：${error.message}。`, '再试一次', () => this.show(owner)));
      return 0;
    }
  }

  draw(messages) {
    const known = this.drawn;
    const { fresh, chat } = this;
    this.last = messages.at(-1);
    this.offer();
    if (!fresh && messages.length === known.size && messages.every(({ id, print }) => known.get(id)?.print === print)) return 0;
    const rows = [];
    let arrived = 0;
    let previous = -Infinity;
    this.drawn = new Map();
    for (const each of messages) {
      if (each.at - previous > APART_MS) rows.push(h('li', { class: 'when', 'data-at': each.at }, this.stage.clock.said(each.at)));
      previous = each.at;
      const before = known.get(each.id);
      const same = before?.print === each.print;
      const row = same ? before.row : this.row(each);
      if (same) row.classList.remove('changed', 'arrived');
      else if (!fresh) row.classList.add(before ? 'changed' : 'arrived');
      if (!before && !fresh && !each.own) arrived += 1;
      this.drawn.set(each.id, { print: each.print, row });
      rows.push(row);
    }
    this.fresh = false;
    if (rows.length > 0) place(chat, rows);
    else this.whole(this.empty());
    if (fresh || this.atEnd || this.last?.own) this.toEnd();
    else this.newer.hidden = arrived === 0 && this.newer.hidden;
    return arrived;
  }

  row(message) {
    if (message.kind === 'notice') return h('li', { class: 'when', 'data-message-id': message.id, 'data-kind': 'notice' }, message.text);
    const own = message.own && (!this.isGroup || message.user === this.speaker?.id);
    const name = own ? this.speaker.name : message.name || BOT;
    const bot = !message.own && (!message.name || message.name === BOT);
    const inside = message.own ? ownBody(message) : DRAW[this.owner.platform].body(message);
    return h('li', { class: own ? 'row own' : 'row', 'data-message-id': message.id, 'data-kind': message.kind, 'data-from': own ? 'me' : bot ? 'bot' : 'other' },
      bot ? botFace() : face(name), h('div', { class: 'said' }, h('span', { class: this.isGroup && !own ? 'name' : 'hidden' }, name), inside));
  }

  empty() {
    if (this.isGroup) return state('群里还没有消息。战报傍晚到这里，往后拨一拨时间就看见。');
    const { role, member, name } = this.owner;
    const line = member ? suggestions({ role }).at(role === 'rep' ? 2 : 0) : '你好';
    return state(member ? '还没有消息。先说一句，看它听不听得懂。' : `${name}还没开口，说第一句就算进来了。`, `说「${line}」`, () => this.say(line));
  }

  offer() {
    const { team, key, role } = this.owner;
    const mate = this.stage.world.people.find((each) => each.team === team && each.role === 'rep' && each.key !== key)?.name;
    const lines = suggestions({ role, last: this.last, group: this.isGroup, mate });
    if (lines.join() === this.offered) return;
    this.offered = lines.join();
    this.chips.replaceChildren(...lines.map((line) => h('button', { onclick: () => this.say(line) }, line)));
  }

  nearEnd() {
    return this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 80;
  }

  toEnd() {
    this.atEnd = true;
    this.newer.hidden = true;
    this.chat.scrollTop = this.chat.scrollHeight;
  }

  async typed(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    this.input.value = '';
    if (text && !await this.say(text)) this.input.value ||= text;
  }

  /** Sends a sentence, pale in the chat until the simulator has it. Answers whether it went out. */
  say(text) {
    const { owner, speaker } = this;
    return this.send(text, () => api.say(owner.platform, speaker.id, text, owner.chat && owner.id));
  }

  /** Sends the file that was chosen: a picture as a picture, all else as a file. */
  async attached() {
    const { owner, speaker } = this;
    const [chosen] = this.file.files;
    if (!chosen) return;
    const isPicture = PICTURES.includes(chosen.type);
    const bytes = await read(chosen);
    this.file.value = '';
    const upload = isPicture ? { image: { base64: bytes } } : { file: { name: chosen.name, base64: bytes } };
    await this.send(isPicture ? '［图片］' : `［文件］${chosen.name}`, () => api.attach(owner.platform, speaker.id, upload, owner.chat && owner.id));
  }

  /** Sends something, `shown` pale until the simulator has it. */
  async send(shown, call) {
    const { owner, speaker } = this;
    const pending = h('li', { class: 'row own pending' }, face(speaker.name), h('div', { class: 'said' }, h('div', { class: 'bubble' }, shown)));
    this.chat.querySelector('.whole')?.remove();
    this.chat.append(pending);
    this.toEnd();
    try {
      const answer = await call();
      this.tell(answer.queued ? '机器人还没接上，这句先存着，接上就送。' : answer.heard === false ? '这里说话，机器人听不见。' : silent(answer));
      return true;
    } catch (error) {
      this.tell(`没发出去：${error.message}。你写的还在，再发一次就行。`);
      return false;
    } finally {
      if (owner === this.owner) await this.refresh();
      pending.remove();
      if (!this.chat.firstChild) this.whole(this.empty());
      this.stage.touched(this);
    }
  }

  clicked(event) {
    const on = event.target.closest('[data-open],[data-say-text],[data-button-key]');
    if (!on || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (on.dataset.open) this.openPage(on.dataset.open, on.textContent);
    else if (on.dataset.sayText) this.say(on.dataset.sayText);
    else this.tap(on, on.closest('[data-message-id]'));
  }

  async tap(button, row) {
    if (row.ariaBusy) return;
    row.ariaBusy = 'true';
    button.closest('details')?.removeAttribute('open');
    try {
      const answer = await api.tap(this.owner.platform, this.speaker.id, row.dataset.messageId, button.dataset.buttonKey, chosenIn(row));
      if (answer.url) this.openPage(answer.url, button.textContent);
      this.tell(silent(answer));
    } catch (error) {
      this.tell(`没点成：${error.message}。什么都没变，可以再点。`);
    }
    await this.refresh();
    row.ariaBusy = null;
    this.stage.touched(this);
  }

  /** Says something over the chat for a moment, as the apps do. */
  tell(words) {
    clearTimeout(this.telling);
    this.toast.textContent = words;
    this.toast.hidden = !words;
    this.telling = setTimeout(() => { this.toast.hidden = true; }, TOAST_MS);
  }

  openPage(address, label) {
    this.opener = document.activeElement;
    openPage(this.web, address, label.trim(), this.stage.world.service, () => this.closePage());
  }

  closePage() {
    if (this.web.hidden) return;
    this.web.hidden = true;
    this.web.replaceChildren();
    this.opener?.focus({ preventScroll: true });
    this.refresh();
  }
}

/** What a phone sends as a picture. */
const PICTURES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'image/bmp'];

/** One's own words, or the picture that one sent. */
function ownBody(message) {
  const image = message.kind === 'image' && message.card?.image;
  return h('div', { class: image ? 'bubble photo' : 'bubble' }, image ? picture(image) : message.text);
}

const read = (file) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(',') + 1));
  reader.onerror = failed;
  reader.readAsDataURL(file);
});

const silent = ({ status, url, queued }) => (status >= 400 || (status === null && !url && !queued) ? '机器人没有应声。等一分钟，还没回就再来一次。' : '');

/** What is ticked and selected in a card: `{ question: [option ids] }`, undefined where nothing is asked. */
function chosenIn(row) {
  const selected = {};
  for (const field of row.querySelectorAll('[data-question]')) {
    const ids = (selected[field.dataset.question] ??= []);
    if (field.checked || field.tagName === 'SELECT') ids.push(field.value);
  }
  return Object.keys(selected).length > 0 ? selected : undefined;
}

/** Brings `rows` into the list and touches only what differs, so that nothing that stays moves or blinks. */
function place(list, rows) {
  const keep = new Set(rows);
  for (const child of [...list.children]) if (!keep.has(child)) child.remove();
  rows.forEach((row, at) => { if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null); });
}
