/**
 * The authority graph as a picture: services in a column in the order of their start, what they hold beside them. Lines to the
 * left are calls of one service to another, lines to the right are handles and mounts; strong ones can change what they lead to.
 */
import type { AuthorityEdge, AuthorityGraph, AuthorityNode } from "./authority.ts";

const WIDTH = 1240;
const SERVICE_X = 380;
const SERVICE_WIDTH = 240;
const RESOURCE_X = 940;
const RESOURCE_WIDTH = 270;
const TOP = 84;
/** Room for the lines that meet a box on one side. */
const LINE = 22;
const BOX_MIN = 52;
const GAP = 26;
/** Characters of a label. */
const LABEL_MAX = 44;

const COLOURS: Readonly<Record<AuthorityNode["kind"], string>> = { service: "#dbeafe", memory: "#fde68a", event: "#e9d5ff", files: "#bbf7d0", image: "#e5e7eb", job: "#fecaca" };

interface Box {
  readonly node: AuthorityNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The next free line on each side. */
  left: number;
  right: number;
}

export function authoritySvg({ nodes, edges }: AuthorityGraph, title: string): string {
  const services = nodes.filter(({ kind }) => kind === "service");
  const others = nodes.filter(({ kind }) => kind !== "service");
  const boxes = new Map<string, Box>();
  const serviceEnd = place(boxes, services, SERVICE_X, SERVICE_WIDTH, (id) => Math.max(edges.filter((edge) => edge.kind === "uses" && (edge.from === id || edge.to === id)).length, edges.filter((edge) => edge.kind !== "uses" && edge.from === id).length));
  const resourceEnd = place(boxes, others, RESOURCE_X, RESOURCE_WIDTH, (id) => edges.filter(({ to }) => to === id).length);
  const height = Math.max(serviceEnd, resourceEnd) + 40;
  const calls = edges.filter(({ kind }) => kind === "uses");
  const lines = [...calls.map((edge, index) => callLine(boxes, edge, index, calls.length)), ...edges.filter(({ kind }) => kind !== "uses").map((edge) => holdLine(boxes, edge))];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13">
<title>${escape(title)}</title>
<defs>
<marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#334155"/></marker>
<marker id="faint" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#94a3b8"/></marker>
</defs>
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="24" y="32" font-size="18" font-weight="600" fill="#0f172a">${escape(clip(title, 110))}</text>
<text x="24" y="56" fill="#475569">Left: who calls whom. Right: what each service holds. Dark lines can change what they lead to, pale ones only look at it.</text>
${lines.join("\n")}
${[...boxes.values()].map(drawBox).join("\n")}
</svg>
`;
}

/** Boxes in a column; answers where it ends. */
function place(boxes: Map<string, Box>, nodes: readonly AuthorityNode[], x: number, width: number, lines: (id: string) => number): number {
  let y = TOP;
  for (const node of nodes) {
    const height = Math.max(BOX_MIN, 24 + lines(node.id) * LINE);
    boxes.set(node.id, { node, x, y, width, height, left: 0, right: 0 });
    y += height + GAP;
  }
  return y;
}

function drawBox({ node, x, y, width, height }: Box): string {
  const detail = node.detail === "" ? "" : `<text x="${x + 12}" y="${y + 39}" fill="#475569" font-size="11">${escape(clip(node.detail, node.kind === "service" ? 36 : 40))}</text>`;
  const name = node.kind === "service" ? node.name : `${node.kind} ${node.name}`;
  return `<g><title>${escape(`${node.id}${node.detail === "" ? "" : `: ${node.detail}`}`)}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${COLOURS[node.kind]}" stroke="#334155"/><text x="${x + 12}" y="${y + 22}" font-weight="600" fill="#0f172a">${escape(clip(name, 32))}</text>${detail}</g>`;
}

/** From the left side of one service to that of another, through a lane of its own. */
function callLine(boxes: Map<string, Box>, edge: AuthorityEdge, index: number, count: number): string {
  const from = boxes.get(edge.from)!; // every edge joins nodes
  const to = boxes.get(edge.to)!;
  const y1 = from.y + 18 + from.left++ * LINE;
  const y2 = to.y + 18 + to.left++ * LINE;
  const lane = 36 + (index * 120) / Math.max(1, count);
  const path = `M${SERVICE_X} ${y1} C${lane} ${y1} ${lane} ${y2} ${SERVICE_X - 2} ${y2}`;
  return line(path, edge, SERVICE_X - 10, y1 - 5, "end");
}

function holdLine(boxes: Map<string, Box>, edge: AuthorityEdge): string {
  const from = boxes.get(edge.from)!; // every edge joins nodes
  const to = boxes.get(edge.to)!;
  const x = SERVICE_X + SERVICE_WIDTH;
  const y1 = from.y + 18 + from.right++ * LINE;
  const y2 = to.y + 18 + to.left++ * LINE;
  // To the job of another service a line goes as to anything that is held.
  const path = `M${x} ${y1} C${x + 230} ${y1} ${RESOURCE_X - 120} ${y2} ${to.x - 2} ${y2}`;
  return line(path, edge, x + 10, y1 - 5, "start");
}

function line(path: string, edge: AuthorityEdge, x: number, y: number, anchor: "start" | "end"): string {
  const label = `${edge.name}: ${edge.powers.join(" ")}`;
  const [colour, width, marker] = edge.writes ? ["#334155", 1.6, "arrow"] : ["#94a3b8", 1.2, "faint"];
  return `<g><title>${escape(`${edge.from} -> ${edge.to}, ${label}`)}</title><path d="${path}" fill="none" stroke="${colour}" stroke-width="${width}" marker-end="url(#${marker})"/><text x="${x}" y="${y}" text-anchor="${anchor}" font-size="11" fill="#1e293b" stroke="#ffffff" stroke-width="3" paint-order="stroke">${escape(clip(label, LABEL_MAX))}</text></g>`;
}

function clip(text: string, max: number): string {
  const characters = [...text];
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join("")}…`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

/** For XML; what XML cannot hold becomes U+FFFD. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd");
}
