// The world's clock in the bar: it runs by the machine's, and can be pushed. A push walks from one due instant to
// the next (design.md, "The simulator is part of the product"), so the page tells what arrives meanwhile.
import { api } from './api.js';
import { $, wait } from './dom.js';

const WALKS = { 'clock-plus-15m': [{ advance: '15m' }, ' 15 分钟'], 'clock-plus-48h': [{ advance: '48h' }, ' 48 小时'], 'clock-morning': [{ to: 'tomorrow' }, '这一夜'] };
const PEEK_MS = 400;
const DAY_MS = 86_400_000;

export class Clock {
  /** `stage.reload()` reads the world again, `stage.refresh()` the phones. */
  constructor(stage) {
    Object.assign(this, { stage, offset: 0, walking: false });
    for (const id of Object.keys(WALKS)) $(id).addEventListener('click', () => this.walk(id));
    setInterval(() => this.tick(), 1000);
  }

  /** Takes the world's instant as the truth. */
  set({ now, zone, workday }) {
    if (!now) return;
    this.offset = now - Date.now();
    this.workday = workday;
    const make = (options) => new Intl.DateTimeFormat('zh-CN', { timeZone: zone, ...options });
    this.format ??= {
      time: make({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }), date: make({ month: 'long', day: 'numeric' }),
      week: make({ weekday: 'short' }), day: make({ year: 'numeric', month: '2-digit', day: '2-digit' }),
    };
    this.tick();
  }

  tick() {
    if (!this.format) return;
    const now = Date.now() + this.offset;
    const time = this.format.time.format(now);
    const week = this.format.week.format(now);
    const works = this.workday ?? !/[六日]/.test(week);
    for (const each of document.querySelectorAll('.hhmm')) if (each.textContent !== time) each.textContent = time;
    $('world-now').dateTime = new Date(now).toISOString();
    $('world-date').textContent = `${this.format.date.format(now)} ${week}`;
    $('world-workday').textContent = works ? '工作日' : '休';
    $('world-workday').className = works ? 'tag' : 'tag rest';
    const day = this.dayOf(now);
    if (this.day === day) return;
    for (const each of document.querySelectorAll('[data-at]')) each.textContent = this.said(+each.dataset.at);
    if (this.day && !this.walking) this.stage.reload();
    this.day = day;
  }

  dayOf(at) {
    return Date.parse(this.format.day.format(at).replaceAll('/', '-')) / DAY_MS;
  }

  /** An instant as a chat says it: 「09:30」「昨天 17:50」「周二 09:30」「12月1日 09:30」. */
  said(at) {
    const { time, week, date } = this.format;
    const days = this.dayOf(Date.now() + this.offset) - this.dayOf(at);
    const day = days === 0 ? '' : days === 1 ? '昨天 ' : days > 1 && days < 7 ? `${week.format(at)} ` : `${date.format(at)} `;
    return day + time.format(at);
  }

  /** Pushes the clock and stays busy until the world has arrived and is quiet. */
  async walk(id) {
    if (this.walking) return;
    const [move, span] = WALKS[id];
    Object.assign(this, { walking: true, arrived: 0, span });
    this.busy(true);
    this.say(`正在走过${span}，该到的一件件到`);
    try {
      let done = false;
      const answer = api.clock(move).finally(() => { done = true; });
      answer.catch(() => {});
      let world;
      do {
        await wait(PEEK_MS);
        world = await api.world();
        this.set(world);
      } while (!done || world.walking);
      await answer;
      await this.stage.refresh();
      this.say(this.arrived ? `走过${span}，到了 ${this.arrived} 条` : `走过${span}，这几部手机上没有新的`);
    } catch (error) {
      this.say(`时间没走成：${error.message}`, true);
    }
    this.walking = false;
    this.busy(false);
    this.stage.reload();
  }

  /** Messages came; while the clock walks they are counted aloud. */
  count(arrived) {
    if (!this.walking || arrived === 0) return;
    this.arrived += arrived;
    this.say(`正在走过${this.span}，已到 ${this.arrived} 条`);
  }

  busy(on) {
    $('progress').hidden = !on;
    document.body.ariaBusy = on ? 'true' : null;
    for (const id of Object.keys(WALKS)) $(id).disabled = on;
  }

  say(words, bad = false) {
    clearTimeout(this.telling);
    $('status').textContent = words;
    $('status').classList.toggle('bad', bad);
    if (!bad && !this.walking) this.telling = setTimeout(() => this.say(''), 8000);
  }
}
