// The page asks /status once a second and draws; nothing else is loaded.
'use strict';

const at = (id) => document.getElementById(id);

const cell = (text, kind) => {
  const td = document.createElement('td');
  td.textContent = text === null || text === undefined ? '–' : String(text);
  if (kind) td.className = kind;
  return td;
};

const row = (...cells) => {
  const tr = document.createElement('tr');
  tr.append(...cells);
  return tr;
};

const fill = (id, rows, nothing) => {
  at(id).tBodies[0].replaceChildren(...(rows.length ? rows : [row(cell(nothing, 'faint'))]));
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

const youngest = (snapshots) => {
  const ages = snapshots.map((snapshot) => snapshot.age_seconds).filter((age) => age !== null);
  return ages.length ? Math.min(...ages) : null;
};

const drawTiles = (status) => {
  at('events_per_second').textContent = count(status.events_per_second);
  at('lag').textContent = seconds(status.lag_seconds);
  at('latency').textContent =
    `${seconds(status.latency_seconds.p50)} / ${seconds(status.latency_seconds.p99)}`;
  at('freshness').textContent = seconds(status.newest_event_age_seconds);
  at('snapshot').textContent = seconds(youngest(status.snapshots));
  at('sequence').textContent = count(status.sequence);
  at('due').textContent = count(status.due_keys);
  at('owned').textContent = `${status.owned_partitions.length} of ${status.output_partitions}`;
};

const drawReady = (status) => {
  const failed = status.checks.filter((check) => !check.passed).map((check) => check.name);
  at('ready').textContent = status.ready ? 'ready' : `not ready: ${failed.join(', ')}`;
  at('ready').className = status.ready ? 'badge good' : 'badge bad';
  at('who').textContent =
    `${status.group} · ${status.owner} · ${status.writer ? 'writer' : 'replica'}` +
    ` · up ${seconds(status.uptime_seconds)}`;
  at('version').textContent = `version ${status.version}`;
  fill('checks', status.checks.map((check) => row(
    cell(check.passed ? '✓' : '✗', check.passed ? 'good' : 'bad'),
    cell(check.name), cell(check.detail, 'faint'))), 'no checks');
};

const drawTables = (status) => {
  fill('inputs', status.inputs.map((input) => row(
    cell(input.topic), cell(input.partition),
    cell(input.status, input.status === 'at_end' ? 'good' : input.status === 'behind' ? '' : 'bad'),
    cell(seconds(input.lag_seconds)),
    cell(input.lag_records < 0 ? null : count(input.lag_records)))), 'no inputs yet');
  fill('busy', status.busy_items.map((item) => row(
    cell(item.sku), cell(`${count(item.changes_per_minute)} / min`, 'number'))), 'nothing changes');
  fill('rejects', status.rejects.map((reject) => row(
    cell(reject.reason, 'bad'), cell(reject.detail),
    cell(`${reject.topic} ${reject.partition}@${reject.offset}`, 'faint'))), 'none');
};

const refresh = async () => {
  try {
    const status = await (await fetch('status')).json();
    drawTiles(status);
    drawReady(status);
    drawTables(status);
  } catch (error) {
    at('ready').textContent = 'no answer';
    at('ready').className = 'badge bad';
  }
  setTimeout(refresh, 1000);
};

const table = (heads, rows) => {
  const element = document.createElement('table');
  const head = element.createTHead().insertRow();
  for (const text of heads) {
    const th = document.createElement('th');
    th.textContent = text;
    head.append(th);
  }
  element.createTBody().append(...rows);
  return element;
};

const next = (value) => (value ? `${value.quantity} on ${value.date}` : '–');

const drawAnswer = (answer) => {
  at('answer').replaceChildren(
    table(['network', 'status', 'available', 'next'], answer.items.map((item) => row(
      cell(item.network), cell(item.gone ? 'gone' : item.status), cell(item.available),
      cell(next(item.next))))),
    table(['location', 'on hand', 'held', 'allocated', 'safety', 'available', 'next', 'inbound'],
      answer.locations.map((balance) => row(
        cell(balance.location), cell(balance.on_hand), cell(balance.held), cell(balance.allocated),
        cell(balance.safety_stock), cell(balance.available), cell(next(balance.next)),
        cell(balance.inbound.length)))));
};

at('search').addEventListener('submit', async (event) => {
  event.preventDefault();
  const sku = at('sku').value;
  if (!sku) return;
  try {
    const response = await fetch(`v1/items/${encodeURIComponent(sku)}`);
    const answer = await response.json();
    if (response.ok) drawAnswer(answer);
    else at('answer').textContent = `${sku}: ${answer.error}`;
  } catch (error) {
    at('answer').textContent = 'no answer';
  }
});

refresh();
