// Machine
export { NodeMachine } from "./machine.ts";
export type { NodeMachineOptions } from "./machine.ts";
export { FolderCache, defaultCacheFolder } from "./blob-cache.ts";

// Harts
export { NodeHartHost, runHart } from "./hart-thread.ts";

// Drivers
export { HostFileSystem, hostDirectory, hostDirectoryAt } from "./host-directory.ts";
export { builtInTools } from "./tools.ts";
export { defaultHomeVolume } from "./data-folder.ts";
export type { HostDirectoryOptions } from "./host-directory.ts";
export { VolumeFileSystem, volume } from "./volume/volume.ts";
export type { VolumeOptions } from "./volume/volume.ts";
export { VolumeError } from "./volume/volume-error.ts";
export type { VolumeErrorCode } from "./volume/volume-error.ts";
export { checkVolume } from "./volume/check.ts";
export type { CheckReport } from "./volume/check.ts";
export { snapshotVolume } from "./volume/snapshot.ts";
export { SocketError, listenTcp } from "./socket.ts";
export type { TcpListener } from "./socket.ts";

// Manifests
export { ManifestFileError, folderOf, imageFile, manifestFiles, readManifestFile } from "./manifest-files.ts";

// Control
export { controlClient, serveControl } from "./control/control.ts";
export { controlFolderPath, ControlFolderError } from "./control/control-folder.ts";
export { ControlError, MESSAGE_CHARS_MAX } from "./control/control-protocol.ts";
export type { SystemAddress } from "./control/control-client.ts";
export type { ControlServer, ControlTarget } from "./control/control-server.ts";

// Metrics
export { metricsText, serveMetrics } from "./metrics/prometheus.ts";
export type { MetricsServer } from "./metrics/metrics-server.ts";
export type { MetricsText } from "./metrics/metrics.ts";

// Packages
export { installPackage } from "./packages/install-package.ts";
export type { InstallOptions, Installation } from "./packages/install-package.ts";
export { PackageStore, defaultPackageFolder, packageStore } from "./packages/package-store.ts";
export type { InstalledPackage } from "./packages/package-store.ts";
export { PackageError } from "./packages/package-error.ts";
export type { PackageErrorCode } from "./packages/package-error.ts";
