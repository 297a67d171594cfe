"use strict";
// Draws the figures that stand in the tables beside each chart. Colours come from the style sheet.

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// The number at the end of each bar, so that the table can stay folded.
const numbers = {
  id: "numbers",
  afterDatasetsDraw(chart) {
    const context = chart.ctx;
    context.save();
    context.fillStyle = colour("--ink");
    context.textBaseline = "middle";
    chart.getDatasetMeta(0).data.forEach((bar, at) => {
      const value = chart.data.datasets[0].data[at];
      if (value) context.fillText(value.toLocaleString("zh-CN"), bar.x + 6, bar.y);
    });
    context.restore();
  },
};

function draw() {
  const ink = colour("--ink");
  const line = colour("--line");
  Chart.defaults.font.family = getComputedStyle(document.documentElement).fontFamily;
  Chart.defaults.font.size = 13;
  Chart.defaults.color = ink;
  Chart.defaults.animation = false;
  const whole = { beginAtZero: true, grid: { color: line }, ticks: { precision: 0 } };
  const plain = { grid: { display: false } };
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    Chart.getChart(canvas)?.destroy();
    const values = JSON.parse(canvas.dataset.values);
    const options = {
      maintainAspectRatio: false, indexAxis: "y", layout: { padding: { right: 44 } },
      scales: { x: { display: false, beginAtZero: true }, y: plain }, plugins: { legend: { display: false }, tooltip: { enabled: false } },
    };
    if (canvas.dataset.chart !== "days") canvas.parentElement.style.height = values.length * 32 + 12 + "px";
    if (canvas.dataset.chart === "bars") {
      const data = { labels: values.map((v) => v[0]), datasets: [{ data: values.map((v) => v[1]), backgroundColor: colour("--accent"), maxBarThickness: 22 }] };
      new Chart(canvas, { type: "bar", data, options, plugins: [numbers] });
    } else if (canvas.dataset.chart === "risk") {
      const names = JSON.parse(canvas.dataset.names);
      const signs = JSON.parse(canvas.dataset.signs);
      const data = {
        labels: values.map((v) => signs[v[0]] + " " + names[v[0]]),
        datasets: [{ data: values.map((v) => v[1]), backgroundColor: values.map((v) => colour("--" + v[0])), maxBarThickness: 22 }],
      };
      new Chart(canvas, { type: "bar", data, options, plugins: [numbers] });
    } else {
      const oneYear = values[0][0].slice(0, 4) === values.at(-1)[0].slice(0, 4);
      const data = {
        labels: values.map((v) => (oneYear ? v[0].slice(5) : v[0])),
        datasets: [
          { label: "可疑", data: values.map((v) => v[2]), backgroundColor: colour("--high") },
          { label: "其余", data: values.map((v) => v[1] - v[2]), backgroundColor: line },
        ],
      };
      const stacked = { ...plain, stacked: true };
      new Chart(canvas, {
        type: "bar", data,
        options: { maintainAspectRatio: false, scales: { x: stacked, y: { ...whole, stacked: true } }, plugins: { legend: { align: "end" } } },
      });
    }
  }
}

if (window.Chart) {
  document.documentElement.classList.add("charts-drawn");
  for (const fold of document.querySelectorAll("figure details")) fold.open = false;
  draw();
  for (const media of ["(prefers-color-scheme: dark)", "print"]) matchMedia(media).addEventListener("change", draw);
}
