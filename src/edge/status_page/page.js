// The page asks /status once a second and draws, and the item that was searched for every other
// second; nothing else is loaded.
'use strict';

const at = (id) => document.getElementById(id);

// ---------------------------------------------------------------- building blocks

const element = (name, kind, ...children) => {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children);
  return made;
};

const cell = (text, kind) =>
  element('td', kind, text instanceof Node ? text : text === null || text === undefined ? '–' : String(text));

const row = (...cells) => element('tr', '', ...cells);

const fill = (id, rows, nothing) => {
  at(id).tBodies[0].replaceChildren(...(rows.length ? rows : [row(cell(nothing, 'faint'))]));
};

const table = (caption, heads, rows, nothing) => {
  const made = element('table');
  if (caption) made.append(element('caption', '', caption));
  const head = made.createTHead().insertRow();
  for (const [text, kind] of heads) {
    const th = element('th', kind, text);
    th.scope = 'col';
    head.append(th);
  }
  made.createTBody().append(...(rows.length ? rows : [row(cell(nothing || 'none', 'faint'))]));
  return element('div', 'scroll', made);
};

// `key` names the button among those drawn, so that the focus survives drawing anew.
const link = (text, key, action) => {
  const button = element('button', 'link', text);
  button.type = 'button';
  button.dataset.key = key;
  button.addEventListener('click', action);
  return button;
};

const bar = (share) => {
  const inner = element('i');
  inner.style.width = `${Math.min(100, Math.round(share * 100))}%`;
  const outer = element('div', share > 1 ? 'bar over' : 'bar', inner);
  outer.setAttribute('aria-hidden', 'true');
  return outer;
};

const SVG = 'http://www.w3.org/2000/svg';
const spark = (values) => {
  const most = Math.max(1, ...values);
  const line = document.createElementNS(SVG, 'polyline');
  line.setAttribute('points', values.map((value, i) =>
    `${(i / Math.max(1, values.length - 1)) * 100},${19 - (value / most) * 18}`).join(' '));
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 100 20');
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.append(line);
  return svg;
};

const seconds = (value) => {
  if (value === null || value === undefined || value < 0) return '–';
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 120) return `${value.toFixed(1)} s`;
  if (value < 7200) return `${Math.round(value / 60)} min`;
  if (value < 172800) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} d`;
};

const count = (value) => Math.round(value).toLocaleString('en');
const units = (value) => (value === null || value === undefined ? 'no limit' : count(value));
const words = (name) => name.replaceAll('_', ' ');
const days = (value) => `${count(value)} ${value === 1 ? 'day' : 'days'}`;

// ---------------------------------------------------------------- the process

const HISTORY = 120;
const history = { events: [], documents: [] };

const remember = (list, value) => {
  list.push(value);
  if (list.length > HISTORY) list.shift();
};

const drawFlow = (status) => {
  remember(history.events, status.events_per_second);
  remember(history.documents, status.documents_per_second);
  at('events_per_second').textContent = count(status.events_per_second);
  at('documents_per_second').textContent = count(status.documents_per_second);
  at('events_spark').replaceChildren(spark(history.events));
  at('documents_spark').replaceChildren(spark(history.documents));
  const behind = status.inputs.reduce((sum, input) => sum + Math.max(0, input.lag_records), 0);
  at('lag').textContent = seconds(status.lag_seconds);
  at('lag_more').textContent = `${count(behind)} records`;
  at('latency').textContent =
    `${seconds(status.latency_seconds.p50)} / ${seconds(status.latency_seconds.p99)}`;
};

const drawFreshness = (status) => {
  const ages = status.snapshots.map((snapshot) => snapshot.age_seconds).filter((age) => age !== null);
  at('shown').textContent = count(status.shown_sequence);
  at('shown_more').textContent = `of ${count(status.sequence)} in the journal`;
  at('swept').textContent = count(status.swept_sequence);
  at('swept_more').textContent = status.sweep_remaining_keys > 0
    ? `${count(status.sweep_remaining_keys)} keys to go` : `${seconds(status.swept_lag_seconds)} behind`;
  at('snapshot').textContent = seconds(ages.length ? Math.min(...ages) : null);
  at('snapshot_more').textContent = `${status.snapshots.length} ${status.snapshots.length === 1 ? 'store' : 'stores'}`;
  at('freshness').textContent = seconds(status.newest_event_age_seconds);
  at('due').textContent = `${count(status.due_keys)} keys due`;
};

const drawReady = (status) => {
  const failed = status.checks.filter((check) => !check.passed).map((check) => check.name);
  at('ready').textContent = status.ready ? 'ready' : `not ready: ${failed.join(', ')}`;
  at('ready').className = status.ready ? 'badge good' : 'badge bad';
  at('who').textContent =
    `${status.group} · ${status.owner} · ${status.writer ? 'writer' : 'replica'}` +
    ` · publishes ${status.owned_partitions.length} of ${status.output_partitions}` +
    ` · up ${seconds(status.uptime_seconds)}`;
  at('version').textContent = `version ${status.version}`;
  fill('checks', status.checks.map((check) => row(
    cell(check.passed ? '✓' : '✗', check.passed ? 'good' : 'bad'),
    cell(check.name), cell(check.detail, 'faint'))), 'no checks');
};

const drawPromises = (status) => {
  const lost = Object.entries(status.promise_days_lost);
  const most = Math.max(1, ...lost.map(([, value]) => value));
  fill('lost', lost.map(([name, value]) => row(
    cell(words(name)), cell(bar(value / most), 'wide'), cell(days(value), 'number'))), 'none');
  fill('capacity', status.capacity.map((site) => row(
    cell(site.location), cell(bar(site.ratio), 'wide'),
    cell(`${Math.round(site.ratio * 100)} %`, site.ratio > 1 ? 'number bad' : 'number'),
    cell(`${count(site.used)} of ${count(site.planned)} ${site.unit}`, 'number faint'))),
  'no location has a limit today');
};

const drawTables = (status) => {
  fill('inputs', status.inputs.map((input) => row(
    cell(input.topic), cell(input.partition),
    cell(words(input.status), input.status === 'at_end' ? 'good' : input.status === 'behind' ? '' : 'bad'),
    cell(seconds(input.lag_seconds)),
    cell(input.lag_records < 0 ? null : count(input.lag_records), 'number'))), 'no inputs yet');
  fill('busy', status.busy_items.map((item) => row(
    cell(link(item.sku, `sku ${item.sku}`, () => look(item.sku))),
    cell(`${count(item.changes_per_minute)} / min`, 'number'))), 'nothing changes');
  fill('rejects', status.rejects.map((reject) => row(
    cell(reject.reason, 'bad date'),
    cell(element('div', '', reject.detail,
      element('div', 'faint', `${reject.topic}, partition ${reject.partition}, offset ${reject.offset}`))))), 'none');
};

const refresh = async () => {
  try {
    const status = await (await fetch('status')).json();
    drawFlow(status);
    drawFreshness(status);
    drawReady(status);
    drawPromises(status);
    drawTables(status);
  } catch (error) {
    at('ready').textContent = 'no answer';
    at('ready').className = 'badge bad';
  }
  setTimeout(refresh, 1000);
};

// ---------------------------------------------------------------- an item

const shown = { question: null, why: null, turn: 0 };

const next = (value) => (value ? `${count(value.quantity)} on ${value.date}` : '–');

const limit = (value) => {
  if (!value) return element('span', 'good', 'nothing');
  const gain = value.days === null ? 'a date only without it' : `${days(value.days)} sooner without it`;
  return element('span', '', `${words(value.constraint)}: ${gain}, from ${value.location}`);
};

// One line that says for whom and why not sooner, so that it is seen on a narrow screen too.
const promiseHead = (promise, entry) => {
  const key = { network: promise.network, zone: shown.question.zone || entry.zones[0], service: entry.service };
  const held = element('td', '',
    element('strong', '', `${entry.service} to ${entry.zones.join(', ')}`),
    element('span', 'faint', ` · network ${promise.network} · why not sooner: `), limit(entry.limited_by), ' ',
    link('explain', `why ${Object.values(key).join('|')}`, () => { shown.why = key; draw(); }));
  held.colSpan = 4;
  return element('tr', 'entry', held);
};

const promiseRows = (promise) => promise.promises
  .filter((entry) => !shown.question.zone || entry.zones.includes(shown.question.zone))
  .flatMap((entry) => [promiseHead(promise, entry),
    ...(entry.offers.length ? entry.offers : [null]).map((offer) => row(
      cell(offer ? units(offer.quantity) : 'no offer', offer ? 'number' : 'number bad'),
      cell(offer && offer.ship_on, 'date'), cell(offer && offer.by, 'date'), cell(offer && offer.location)))]);

const mine = (document) => !shown.question.network || document.network === shown.question.network;

const drawItem = (answer, why) => {
  at('networks').replaceChildren(...answer.items.map((item) => {
    const option = element('option');
    option.value = item.network;
    return option;
  }));
  const zones = new Set(answer.promises.flatMap((promise) => (promise.promises || []).flatMap((entry) => entry.zones)));
  at('zones').replaceChildren(...[...zones].sort().map((zone) => {
    const option = element('option');
    option.value = zone;
    return option;
  }));
  const live = answer.promises.filter((promise) => !promise.gone && mine(promise));
  const offers =
    table('Offers', [['up to', 'number'], ['ships on'], ['arrives by'], ['from']], live.flatMap(promiseRows),
      'no offers');
  offers.classList.add('offers');
  return [offers, ...why,
    table('Networks', [['network'], ['status'], ['available', 'number'], ['next', 'number']],
      answer.items.filter(mine).map((item) => row(
        cell(item.network), cell(item.gone ? 'gone' : words(item.status)),
        cell(count(item.available), 'number'), cell(next(item.next), 'number')))),
    table('Balances', [['location'], ['on hand', 'number'], ['held', 'number'], ['allocated', 'number'],
      ['safety', 'number'], ['available', 'number'], ['next', 'number'], ['inbound', 'number']],
    answer.locations.map((balance) => row(
      cell(balance.location, 'date'), cell(count(balance.on_hand), 'number'), cell(count(balance.held), 'number'),
      cell(count(balance.allocated), 'number'), cell(count(balance.safety_stock), 'number'),
      cell(count(balance.available), 'number'), cell(next(balance.next), 'number'),
      cell(balance.inbound.length, 'number')))),
  ];
};

// ---------------------------------------------------------------- why

const REASONS = {
  disabled: () => 'switched off',
  no_lane: () => 'no lane to this zone by this service',
  no_stock: () => 'nothing free, and nothing promised to come',
  preorder: (site, why) => `nothing ships before ${why.preorder_from}`,
  beyond_horizon: () => 'no ship day or delivery within 120 days',
  taken: (site, why, route) => `${count(route.waiting)} units of earlier orders take all it has`,
  later: (site) => `later: its first unit arrives by ${site.first_by}`,
  not_enough: (site, why, route) => `has ${count(site.units_by)} of ${count(why.quantity)}` +
    ` ${route.order ? `by ${route.order.by}` : 'in 120 days'}` +
    `${site.alone_by ? `, all by ${site.alone_by}` : ', never all'}`,
  not_first: (site) => `as early, but another is cheaper or comes first (cost ${site.cost}, priority ${site.priority})`,
  source: (site, why) => `ships ${count(site.units)} of ${count(why.quantity)}`,
};

const gain = (constraint, route) => {
  if (!constraint.by) return cell('no date even without it', 'faint');
  if (!route.order) return cell(`${constraint.by} from ${constraint.location}, where there is no date now`, 'bad');
  if (constraint.days === 0) return cell('costs nothing', 'faint');
  return cell(`${days(constraint.days)} sooner: ${constraint.by} from ${constraint.location}`, 'bad');
};

// What becomes usable on which day; the first few days.
const inbound = (site) => {
  const sums = new Map();
  for (const line of site.inbound) {
    const day = line.usable_on ? `on ${line.usable_on}` : 'without a day';
    sums.set(day, (sums.get(day) || 0) + line.quantity);
  }
  const shares = [...sums].map(([day, sum]) => `${count(sum)} ${day}`);
  return shares.length > 2 ? `${shares.slice(0, 2).join(', ')}, more later` : shares.join(', ') || '–';
};

const drawRoute = (why, route) => {
  const box = element('div', 'why');
  const order = route.order
    ? `An order of ${count(why.quantity)} placed now arrives by ${route.order.by}; it ships on ${route.order.ship_on}.`
    : `An order of ${count(why.quantity)} placed now has no date.`;
  box.append(
    element('div', 'head',
      element('h3', '', `${route.zones.join(', ')} by ${route.service}, network ${why.network}`),
      link('close', 'close', () => { shown.why = null; draw(); })),
    element('p', route.order ? '' : 'bad', order,
      route.waiting > 0 ? ` ${count(route.waiting)} units of earlier orders come first.` : ''),
    table('Without this constraint', [['constraint'], ['what it costs']],
      route.constraints.map((constraint) => row(cell(words(constraint.constraint)), gain(constraint, route)))),
    table('Locations', [['location'], ['verdict'], ['free', 'number'], ['held', 'number'], ['safety', 'number'],
      ['allocated', 'number'], ['inbound'], ['ships on'], ['capacity left', 'number'], ['arrives'], ['cost', 'number']],
    route.locations.map((site) => row(
      cell(site.location, 'date'),
      cell(REASONS[site.reason](site, why, route), site.source ? 'verdict good' : 'verdict'),
      cell(count(site.free), site.free < 0 ? 'number bad' : 'number'), cell(count(site.held), 'number'),
      cell(count(site.safety_stock), 'number'), cell(count(site.allocated), 'number'), cell(inbound(site), 'inbound'),
      cell(site.ships_on, 'date'),
      cell(site.ships_on ? `${units(site.remaining)}${site.remaining === null ? '' : ` ${site.unit}`}` : null, 'number'),
      cell(site.by, 'date'), cell(count(site.cost), 'number')))));
  return box;
};

const drawWhy = (why) => {
  const events = table('Newest events on it', [['type'], ['time'], ['where']], why.events.map((event) => row(
    cell(event.type), cell(event.time, 'date'),
    cell(`${event.topic} ${event.partition}@${event.offset}`, 'faint'))), 'none kept');
  const boxes = why.explanations.map((route) => drawRoute(why, route));
  boxes[boxes.length - 1].append(events);
  return boxes;
};

// ---------------------------------------------------------------- asking

const ask = async (path) => {
  const response = await fetch(path);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

const keepFocus = (change) => {
  const focused = at('answer').contains(document.activeElement) ? document.activeElement.dataset.key : null;
  change();
  if (!focused) return;
  const same = [...at('answer').querySelectorAll('[data-key]')].find((button) => button.dataset.key === focused);
  if (same) same.focus();
};

const draw = async () => {
  const turn = ++shown.turn;
  const question = shown.question;
  if (!question) {
    at('answer').replaceChildren();
    at('summary').textContent = 'Enter a SKU, or pick one of those changing most, below.';
    return;
  }
  const path = `v1/items/${encodeURIComponent(question.sku)}`;
  try {
    const answer = await ask(path);
    const why = shown.why
      ? await ask(`${path}/promise?${new URLSearchParams({ ...shown.why, quantity: question.quantity })}`)
        .then(drawWhy, (error) => [element('p', 'bad', error.message)]) : [];
    if (turn !== shown.turn) return;
    at('summary').textContent = '';
    keepFocus(() => at('answer').replaceChildren(...drawItem(answer, why)));
  } catch (error) {
    if (turn !== shown.turn) return;
    at('answer').replaceChildren();
    at('summary').textContent = `${question.sku}: ${error.message}`;
  }
};

const again = async () => {
  if (!document.hidden) await draw();
  setTimeout(again, 2000);
};

const take = () => {
  const fields = new URLSearchParams(location.hash.slice(1));
  for (const name of ['sku', 'network', 'zone']) at(name).value = fields.get(name) || '';
  at('quantity').value = fields.get('quantity') || '1';
  shown.question = fields.get('sku')
    ? { sku: fields.get('sku'), network: at('network').value, zone: at('zone').value, quantity: at('quantity').value }
    : null;
  shown.why = fields.get('service')
    ? { network: fields.get('network') || 'default', zone: fields.get('zone') || '', service: fields.get('service') } : null;
  draw();
};

const look = (sku) => {
  location.hash = new URLSearchParams({ sku }).toString();
};

at('search').addEventListener('submit', (event) => {
  event.preventDefault();
  const fields = new URLSearchParams();
  for (const name of ['sku', 'network', 'zone', 'quantity']) {
    if (at(name).value && !(name === 'quantity' && at(name).value === '1')) fields.set(name, at(name).value);
  }
  if (location.hash.slice(1) === fields.toString()) take();
  else location.hash = fields.toString();
});

window.addEventListener('hashchange', take);
take();
refresh();
setTimeout(again, 2000);
