// The phones page: reads the world, gives each of the four phones its person, and follows what changes.
// Nothing is decided here; every word and tap goes to the simulator, which tells back what each phone holds.
import { api, list } from './api.js';
import { Clock } from './clock.js';
import { $, APPS, h, wait } from './dom.js';
import { Phone } from './phone.js';
import { Road } from './road.js';

const KEPT = 'genjin-sim-phones';
const AGAIN_MS = 1000;
const SURE_MS = 4000;

const unread = new Set();

const stage = {
  world: { people: [], groups: [] },
  phones: [],
  refresh,
  choose(phone, key) {
    const owner = ownersFor(phone).find((each) => each.key === key);
    unread.delete(key);
    keep({ ...kept(), [phone.slot]: key });
    phone.show(owner).then(() => road.read(phone));
    stage.phones.forEach(label);
  },
  active(phone) {
    if (road.phone !== phone) road.read(phone);
  },
  touched: (phone) => road.read(phone),
  /** Who speaks in a group: someone who holds one of the phones, else its first member. */
  speaker(group) {
    const may = stage.world.people.filter((each) => each.platform === group?.platform && (!group.members.length || group.members.includes(each.id)));
    return may.find((each) => stage.phones.some((phone) => phone.owner === each)) ?? may[0];
  },
  async reload() {
    await api.world().then(take, () => { /* `follow` tells it */ });
  },
};
const clock = stage.clock = new Clock(stage);
const road = new Road(clock);

/** Which person each phone showed last; a private window keeps nothing. */
function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT)) ?? {}; } catch { return {}; }
}

function keep(slots) {
  try { localStorage.setItem(KEPT, JSON.stringify(slots)); } catch { /* as above */ }
}

const ownersFor = (phone) => (phone.isGroup ? stage.world.groups : stage.world.people);

/** Takes a world as the simulator tells it; the objects of people already shown stay the same. */
function take(world) {
  const known = new Map([...stage.world.people, ...stage.world.groups].map((each) => [each.key, each]));
  const same = (each) => Object.assign(known.get(each.key) ?? each, each);
  stage.world = { ...world, people: world.people.map(same), groups: world.groups.map(same) };
  clock.set(world);
  stage.phones.forEach(label);
  notice('', !world.service);
}

/** One line under the bar: what keeps the page from its world, or how to bring the service. */
function notice(words, service) {
  $('notice').hidden = !words && !service;
  $('notice-text').textContent = words;
  $('notice-service').hidden = $('copy').hidden = !service;
}

/** Who a phone belongs to at first: as last time, else someone of its app and role whom no other phone shows. */
function firstOwner(phone, taken) {
  const all = ownersFor(phone);
  const was = all.find((each) => each.key === kept()[phone.slot]);
  if (was || phone.isGroup) return was ?? all[0];
  const wants = (each) => (phone.slot === 'manager' ? each.role !== 'rep' : each.role === 'rep' && each.platform === phone.slot);
  const likes = (each) => 4 * wants(each) + 2 * (each.platform === phone.slot || each.role === 'manager' && phone.slot === 'manager') + each.member;
  return all.filter((each) => !taken.has(each.name)).sort((a, b) => likes(b) - likes(a))[0];
}

/** The switcher of a phone (people by team and app, a dot before who has something unread) and its tab. */
function label(phone) {
  const sets = {};
  for (const each of ownersFor(phone)) {
    const words = phone.isGroup ? each.name : `${each.name} · ${each.roleWord}${each.member ? '' : '（还没开口）'}`;
    (sets[phone.isGroup ? APPS[each.platform] : `${each.team} · ${APPS[each.platform]}`] ??= []).push(h('option', { value: each.key }, unread.has(each.key) ? `● ${words}` : words));
  }
  const groups = Object.entries(sets).map(([name, options]) => h('optgroup', { label: name }, options));
  const print = groups.map((each) => each.label + each.textContent).join();
  if (print !== phone.listed) phone.who.replaceChildren(...groups);
  phone.listed = print;
  phone.who.value = phone.owner?.key ?? '';
  phone.tab.textContent = phone.owner && phone.isGroup ? '群' : phone.owner?.name ?? '空';
}

function mark(phone, on) {
  phone.dot.hidden = !on;
  phone.tab.classList.toggle('unread', on);
}

/** Reads the phones again; what came for people whom no phone shows becomes a dot in the switchers. */
async function refresh(changes = []) {
  const shown = new Set(stage.phones.map((phone) => phone.owner?.key));
  for (const { kind, platform, chat, user } of changes) {
    const key = chat ? `${platform}/group/${chat}` : `${platform}/${user}`;
    if (kind === 'message' && !shown.has(key)) unread.add(key);
  }
  await Promise.all(stage.phones.map(async (phone) => {
    const arrived = await phone.refresh();
    clock.count(arrived);
    if (arrived > 0 && !phone.inView) mark(phone, true);
  }));
  if (changes.length > 0) stage.phones.forEach(label);
  road.read();
}

/** Follows the simulator: by its long poll, and once a second by hand where it has none. */
async function follow() {
  let after = -1;
  for (;;) {
    try {
      if (clock.lost) {
        await start();
        after = -1;
      }
      const answer = await api.events(Math.max(after, 0));
      const changes = list(answer.events ?? answer.changes);
      const kinds = new Set(changes.map((each) => each.kind));
      if (kinds.has('reset') && after >= 0) await start();
      else if (after < 0 || kinds.has('message') || kinds.has('updated')) await refresh(after < 0 ? [] : changes);
      else if (kinds.has('road')) road.read();
      if (kinds.has('clock') || kinds.has('service') || !stage.world.service) await stage.reload();
      if (changes.length === 0) await wait(100);
      after = answer.after ?? answer.seq ?? after;
    } catch (error) {
      if (error.status === 404) await refresh().then(stage.reload);
      else clock.say('模拟器没有应声，正在重连', true);
      clock.lost = error.status !== 404;
      await wait(AGAIN_MS);
    }
  }
}

/** Reads the world and gives out the phones; the manager chooses first, a small company may have only one. */
async function start() {
  take(await api.world());
  if (clock.lost) clock.say('');
  clock.lost = false;
  const taken = new Set();
  for (const phone of [...stage.phones].sort((a, b) => (b.slot === 'manager') - (a.slot === 'manager'))) {
    phone.owner = firstOwner(phone, taken);
    taken.add(phone.owner?.name);
    label(phone);
  }
  await Promise.all(stage.phones.map((phone) => phone.show(phone.owner)));
}

/** 清空聊天 asks once, in its own words, and forgets the question after a moment. */
async function again({ currentTarget: button }) {
  const words = button.lastElementChild;
  const calm = () => {
    words.textContent = '清空聊天';
    button.classList.remove('sure');
  };
  if (!button.classList.contains('sure')) {
    button.classList.add('sure');
    words.textContent = '真的清空？';
    setTimeout(calm, SURE_MS);
    return;
  }
  calm();
  button.disabled = true;
  try {
    await api.reset();
    unread.clear();
    await start();
    clock.say('聊天空了，时间和商机照旧');
  } catch (error) {
    clock.say(`没清空成：${error.message}`, true);
  }
  button.disabled = false;
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, intersectionRatio } of entries) {
    const phone = stage.phones.find((each) => each.element === target);
    phone.inView = intersectionRatio > 0.5;
    phone.tab.setAttribute('aria-current', phone.inView);
    if (phone.inView) mark(phone, false);
  }
}, { threshold: [0, 0.5, 1] });

for (const slot of ['wecom', 'dingtalk', 'manager', 'group']) {
  const phone = new Phone(slot, stage);
  phone.tab = h('button', { 'data-tab': slot, onclick: () => phone.element.scrollIntoView({ inline: 'center', block: 'nearest' }) });
  stage.phones.push(phone);
  $('phones').append(phone.element);
  $('tabs').append(phone.tab);
  watcher.observe(phone.element);
}
road.phone = stage.phones[0];
$('command').textContent = `genjin serve --sim ${location.origin}`;
$('copy').onclick = () => navigator.clipboard?.writeText($('command').textContent).then(() => { $('copy').textContent = '已复制'; });
$('again').addEventListener('click', again);
// A page inside a phone asks to be closed (「返回聊天」).
window.addEventListener('message', ({ data, source }) => {
  if (data === 'genjin:close') stage.phones.find((phone) => phone.web.querySelector('iframe')?.contentWindow === source)?.closePage();
});

for (;;) {
  try {
    await start();
    break;
  } catch (error) {
    notice(`打不开这个世界：${error.message}。正在再试。`);
    await wait(AGAIN_MS);
  }
}
follow();
