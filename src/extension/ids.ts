/** Every name that the manifest and the code share. A test compares these tables with package.json. */
export const commandIds = {
  runLive: "papertrace.runLive",
  openComponent: "papertrace.openComponent",
  openSource: "papertrace.openSource",
  openPaper: "papertrace.openPaper",
  openArxivPaper: "papertrace.openArxivPaper",
  findInPaper: "papertrace.findInPaper",
  cancelIndexing: "papertrace.cancelIndexing",
  findText: "papertrace.findText",
  goToMention: "papertrace.goToMention",
  chooseMentions: "papertrace.chooseMentions",
  zoomIn: "papertrace.zoomIn",
  zoomOut: "papertrace.zoomOut",
  fitWidth: "papertrace.fitWidth",
  fitPage: "papertrace.fitPage",
  actualSize: "papertrace.actualSize",
  paperBack: "papertrace.paperBack",
  paperForward: "papertrace.paperForward",
  turnRight: "papertrace.turnRight",
  turnLeft: "papertrace.turnLeft",
  twoPages: "papertrace.twoPages",
  showComponents: "papertrace.showComponents",
  showPaperOutline: "papertrace.showPaperOutline",
  showPages: "papertrace.showPages",
  showNotes: "papertrace.showNotes",
  highlightPassage: "papertrace.highlightPassage",
  addNote: "papertrace.addNote",
  exportNotes: "papertrace.exportNotes",
  openExternally: "papertrace.openExternally",
  chooseModel: "papertrace.chooseModel",
  addModel: "papertrace.addModel",
  removeModel: "papertrace.removeModel",
  refreshModels: "papertrace.refreshModels",
  getTransformers: "papertrace.getTransformers",
  compareWithPyTorch: "papertrace.compareWithPyTorch",
  getCuda: "papertrace.getCuda",
  getPackage: "papertrace.getPackage",
  removePackage: "papertrace.removePackage",
  cancel: "papertrace.cancel",
  restartRuntime: "papertrace.restartRuntime",
  showLog: "papertrace.showLog",
  openSample: "papertrace.openSample",
  chooseLayer: "papertrace.chooseLayer",
  editExample: "papertrace.editExample",
  goToWeight: "papertrace.goToWeight",
  openCheckpoint: "papertrace.openCheckpoint",
  toggleInlayShapes: "papertrace.toggleInlayShapes",
} as const;
export type CommandId = (typeof commandIds)[keyof typeof commandIds];

export const viewIds = {
  container: "papertrace",
  models: "papertrace.models",
  paperOutline: "papertrace.paperOutline",
  comparison: "papertrace.comparison",
} as const;

export const viewTypes = {
  paper: "papertrace.paper",
  component: "papertrace.component",
  checkpoint: "papertrace.checkpoint",
  checkpointIndex: "papertrace.checkpointIndex",
} as const;

export const settingIds = {
  transformersPath: "papertrace.transformersPath",
  defaultModel: "papertrace.defaultModel",
  provider: "papertrace.provider",
  pythonPath: "papertrace.pythonPath",
  mentions: "papertrace.mentions",
  pageColors: "papertrace.pageColors",
  papersFolder: "papertrace.papersFolder",
  liveUpdateDelay: "papertrace.liveUpdate.delay",
  hover: "papertrace.hover",
  codeLens: "papertrace.codeLens",
  traceOnOpen: "papertrace.traceOnOpen",
  inlayShapes: "papertrace.inlayShapes",
  gutter: "papertrace.gutter",
} as const;

export const contextKeys = {
  /** A component panel is the active editor. */
  panelActive: "papertrace.panelActive",
  /** A paper is open. */
  paperOpen: "papertrace.paperOpen",
  /** A comparison with PyTorch is there to be seen. */
  compared: "papertrace.compared",
  /** Something runs that can be cancelled. */
  busy: "papertrace.busy",
  /** Papers are being indexed. */
  indexing: "papertrace.indexing",
} as const;
