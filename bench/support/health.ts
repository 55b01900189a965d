/** What every deployer but Signalbox waits for: health and version of the new release, asked once each on the host. */
export function healthScript(port: number, id: string): string {
  const ask = (path: string): string => `curl -qsf -m 2 http://127.0.0.1:${port}${path}`;
  const healthy = `[ "$(${ask("/healthz")})" = ok ] && said=$(${ask("/version")}) && [ "\${said%% *}" = ${id} ]`;
  return `tries=0; until ${healthy}; do tries=$((tries + 1)); [ $tries -lt 600 ] || exit 1; sleep 0.05; done`;
}
