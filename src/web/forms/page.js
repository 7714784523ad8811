// Drafts, errors beside the field and one tap for one form. A page without it works all the same.
(() => {
  const find = (what, within = document) => within.querySelector(what);
  const all = (what, within = document) => [...within.querySelectorAll(what)];
  const WEEK = 7 * 864e5;
  const kept = {
    get(key) {
      try {
        const draft = JSON.parse(localStorage.getItem(key));
        return draft && Date.now() - draft.at < WEEK ? draft.fields : null;
      } catch { return null; }
    },
    set(key, fields) { try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields })); } catch { /* private mode */ } },
    drop(key) { try { localStorage.removeItem(key); } catch { /* private mode */ } },
  };

  const done = find('[data-forget]');
  if (done) kept.drop(`genjin:${done.dataset.forget}`);

  const close = find('[data-close]');
  if (close) {
    close.hidden = false;
    find('[data-closing]').hidden = true;
    close.onclick = () => {
      const leave = [
        () => window.WeixinJSBridge && (WeixinJSBridge.call('closeWindow'), true),
        () => window.dd && dd.closePage && (dd.closePage(), true),
        () => window.parent !== window && (parent.postMessage('genjin:close', '*'), true),
      ];
      if (leave.some(way => way())) return;
      window.close();
      close.hidden = true;
      find('[data-closing]').hidden = false;
    };
  }

  // A page out of the browser's memory holds a number that was used.
  addEventListener('pageshow', event => { if (event.persisted) location.reload(); });

  const form = find('form[data-draft]');
  if (!form) {
    all('form').forEach(small => small.addEventListener('submit', event => once(small, event)));
    return;
  }
  const named = all('[data-name]', form);
  const value = field => field.matches('fieldset') ? (find(':checked', field) || {}).value || '' : field.value.trim();
  const box = field => field.closest('.field');

  const key = `genjin:${form.dataset.draft}`;
  const fields = () => Object.fromEntries([...new FormData(form)].filter(([name]) => name !== 'once'));
  const draft = 'filled' in form.dataset ? null : kept.get(key);
  if (draft) {
    for (const [name, text] of Object.entries(draft)) {
      const field = form.elements[name];
      if (field) field.value = text;
    }
    if (Object.values(draft).some(text => text)) find('[data-drafted]').hidden = false;
  }

  for (const more of all('details', form)) {
    if (all('input, textarea', more).some(field => field.value)) more.open = true;
  }

  // One long list of cities becomes two short ones: where first, which then.
  const city = find('select[data-region]', form);
  if (city) {
    const groups = all('optgroup', city);
    const where = document.createElement('select');
    where.setAttribute('aria-label', '省份');
    where.append(new Option('选省份', ''), ...groups.map((group, at) => new Option(group.label, at)));
    const first = city.options[0];
    const show = (at, code = '') => {
      where.value = at;
      city.replaceChildren(first, ...(at === '' ? [] : [...groups[at].children]));
      city.disabled = at === '';
      city.value = code;
      const only = at !== '' && groups[at].children.length === 1;
      if (only) city.value = groups[at].children[0].value;
    };
    const choose = code => {
      const at = groups.findLastIndex(group => [...group.children].some(option => option.value === code));
      if (at >= 0) show(at, code);
      return at >= 0;
    };
    const pair = document.createElement('div');
    pair.className = 'pair';
    city.before(pair);
    pair.append(where, city);
    const own = groups.length && !groups[0].children[0].value.endsWith('0000') && groups.length > 34 ? 0 : '';
    if (!choose(city.value)) show(own);
    where.onchange = () => { show(where.value); city.dispatchEvent(new Event('input', { bubbles: true })); };
    // 宁波华盛机械有限公司 says where it is.
    form.elements.name.addEventListener('change', event => {
      const name = event.target.value.trim();
      if (city.value) return;
      for (const group of groups) {
        const found = [...group.children].find(option => name.startsWith(option.text) || name.startsWith(group.label + option.text));
        if (found && choose(found.value)) return city.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
  }

  const digits = text => text.normalize('NFKC').replace(/\D/g, '').replace(/^(00)?86(?=1\d{10}$)/, '');
  const wrong = {
    phone: text => !/^(1[3-9]\d{9}|0\d{9,17}|[48]00\d{7})$/.test(digits(text)),
    amount: text => /^[\d.]+$/.test(text) ? +text < 1000 : !/[\d一二两三四五六七八九十百千]/.test(text),
  };
  const fault = field => {
    const text = value(field);
    if (!text) return field.dataset.missing || '';
    const check = wrong[field.dataset.like];
    return check && check(text) ? field.dataset.wrong : '';
  };
  const tell = (field, words) => {
    const error = find('.error', box(field));
    if (error) error.textContent = words;
    box(field).classList.toggle('wrong', Boolean(words));
    if (words) field.setAttribute('aria-invalid', 'true'); else field.removeAttribute('aria-invalid');
  };
  const button = find('.main', form);
  const label = button.textContent;
  const count = () => {
    const missing = named.filter(field => field.dataset.missing && !value(field)).map(field => field.dataset.name);
    const told = missing.length > 2 ? ` ${missing.length} 项` : missing.join('、');
    button.textContent = missing.length && named.length > 1 ? `${label}（还差${told}）` : label;
  };
  form.addEventListener('input', event => {
    kept.set(key, fields());
    const field = event.target.closest('[data-name]');
    if (field && box(field).classList.contains('wrong') && !fault(field)) tell(field, '');
    count();
  });
  form.addEventListener('focusout', event => {
    const field = event.target.closest('[data-name]');
    // Who only passes through an empty field is not told off.
    if (field && value(field)) tell(field, fault(field));
  });
  form.addEventListener('submit', event => {
    const faulty = named.filter(field => { const words = fault(field); tell(field, words); return words; });
    if (!faulty.length) return once(form, event);
    event.preventDefault();
    const first = faulty[0].matches('fieldset') ? find('input', faulty[0]) : faulty[0];
    first.focus({ preventScroll: true });
    box(faulty[0]).scrollIntoView({ block: 'center' });
  });
  count();

  function once(sent, event) {
    if (sent.dataset.sent) return event.preventDefault();
    sent.dataset.sent = 'yes';
    const pressed = event.submitter || find('button', sent);
    pressed.setAttribute('aria-busy', 'true');
    if (pressed.dataset.busy) pressed.textContent = pressed.dataset.busy;
    // An answer that never comes must not lock the form: the number keeps a second one harmless.
    setTimeout(() => { delete sent.dataset.sent; pressed.removeAttribute('aria-busy'); }, 8000);
  }
})();
