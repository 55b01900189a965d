/**
 * The deploy user against the helper: ways to become root, to read what only root may read, or to run code as
 * somebody else than the run user. Each of them has to leave the canaries as they were.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cleanHost, sharedHosts } from "../test/support/shared-hosts.ts";
import { helperPath, orders, PreparedHost } from "./prepared-host.ts";

const host = sharedHosts().host("web-1");
const helper = `sudo -n ${helperPath}`;
const good = "1-0123456789ab";
const other = "2-0123456789ab";
const fence = "installation=inst-a epoch=1 deployment=d1 health=active stable=0 successes=1 within=3";
let web: PreparedHost;

beforeAll(async () => {
  await cleanHost(host);
  web = await PreparedHost.prepare(host, [
    ...orders,
    "pay.root=/srv/pay",
    "pay.user=pay",
    "pay.slots=main",
    "pay.ports=9090",
  ]);
  await web.release(good);
  await web.release(other);
  expect((await web.activate(good))["outcome"]).toBe("activated");
  await host.mustRun(["sh", "-c", canaries]);
});
afterAll(async () => {
  await web.close();
  await cleanHost(host);
});

/** What an attack would leave behind if it worked, and what it must not be able to read or change. */
const canaries = `
  echo topsecret >/root/secret; chmod 600 /root/secret
  mkdir -p /srv/pay/shared; echo topsecret >/srv/pay/shared/secret; chown -R pay: /srv/pay/shared; chmod 600 /srv/pay/shared/secret
  install -d -m 0700 /etc/signalbox/credentials/pay; echo topsecret >/etc/signalbox/credentials/pay/key
  echo topsecret >/etc/signalbox/credentials/orders/key
  cp /etc/shadow /root/shadow.before
`;

/** Empty when no canary was touched. */
const inspection = `
  for file in /canary /tmp/canary* /root/canary* /etc/canary* /srv/canary* /home/deploy/canary*; do
    [ -e "$file" ] && [ "$(stat -c %U "$file")" != deploy ] && [ "$(stat -c %U "$file")" != orders ] && echo "made $file as $(stat -c %U "$file")"
  done
  [ "$(cat /root/secret)" = topsecret ] || echo "changed /root/secret"
  [ "$(stat -c %U:%a /root/secret)" = root:600 ] || echo "mode of /root/secret"
  [ "$(stat -c %U:%a /srv/pay/shared/secret)" = pay:600 ] || echo "mode of the secret of pay"
  cmp /etc/shadow /root/shadow.before
  for path in / /etc /etc/sudoers.d /etc/systemd/system /etc/signalbox /etc/signalbox/services.d /usr/lib/signalbox /usr/lib/signalbox/signalbox-helper \
    /srv /srv/orders /srv/orders/slots /var/lib /root /var/log /etc/signalbox/services.d/orders; do
    case $(stat -c %U:%A "$path") in root:?????-??-?) ;; *) echo "$path is $(stat -c %U:%A "$path")" ;; esac
  done
  [ "$(stat -c %U:%a /var/lib/signalbox)" = root:700 ] || echo "mode of the state"
  find / -xdev -type f -perm /6000 -newer /root/shadow.before -printf 'setuid %p\\n' 2>/dev/null
  find /etc/systemd /run/systemd/system -name '*.service' -newer /root/shadow.before | grep -vE '/(orders@(main|blue)|signalbox-e?race-[0-9]+).service$'
  grep -rlE '^User=(root|pay|0)?$|^ExecStart[A-Za-z]*=[^/A-Za-z0-9._"]' /etc/systemd/system/orders@*.service
  id -nG deploy | grep -qx deploy || echo "groups of deploy: $(id -nG deploy)"
  true
`;

async function touched(): Promise<string> {
  return (await host.mustRun(["sh", "-c", inspection])).trim();
}

/** Attempts of one line each, all as the deploy user. `%` stands for the rest of a stage of a harmless unit. */
const stage = (...words: string[]): string =>
  `${helper} stage orders ${other} dig-evil unit Service.ExecStart=/usr/bin/true ${words.join(" ")}`;
const makeCanary = "/usr/bin/touch /canary";

describe("the sudo rule", () => {
  it.each([
    ["another command", "sudo -n /usr/bin/touch /canary"],
    ["a shell", "sudo -n -s touch /canary"],
    ["an edit", "sudo -n -e /etc/shadow"],
    ["the helper as another user", `sudo -n -u pay ${helperPath} hello`],
    ["a path with dots", "sudo -n /usr/lib/signalbox/../../bin/touch /canary"],
    [
      "a copy of the helper",
      `cp ${helperPath} /tmp/signalbox-helper && echo 'touch /canary' >>/tmp/signalbox-helper && sudo -n /tmp/signalbox-helper hello`,
    ],
    ["a link to the helper", `ln -sf /usr/bin/touch /tmp/helper-link && sudo -n /tmp/helper-link /canary`],
    ["a changed directory root", `sudo -n -R /tmp ${helperPath} hello`],
    ["a changed working directory", `sudo -n -D /root ${helperPath} hello`],
    ["an environment kept", `sudo -n -E ${helperPath} hello`],
    ["a variable set", `sudo -n LD_PRELOAD=/tmp/evil.so ${helperPath} hello`],
    ["overwriting the helper", `echo 'touch /canary' >>${helperPath}`],
    ["a preserved list of variables", `sudo -n --preserve-env=PATH,LD_PRELOAD ${helperPath} hello`],
    ["a login shell", `sudo -n -i ${helperPath} hello`],
  ])("refuses %s", async (_name, line) => {
    expect((await web.line("deploy", line)).code).not.toBe(0);
    expect(await touched()).toBe("");
  });

  it("lets nobody but the deploy user call the helper", async () => {
    expect((await web.line("builder", `${helper} hello`)).code).not.toBe(0);
  });
});

describe("the caller's environment", () => {
  const trap = `mkdir -p /tmp/trap; for name in cat sync mv flock systemctl id stat readlink head date curl ss setpriv rm ls cut getent namei; do
    printf '#!/bin/sh\\ntouch /tmp/canary-$(id -u)\\n' >/tmp/trap/$name; chmod 755 /tmp/trap/$name; done; printf 'touch /tmp/canary-env' >/tmp/trap/env; `;

  it.each([
    ["PATH", `PATH=/tmp/trap:$PATH ${helper} status orders`],
    ["ENV", `ENV=/tmp/trap/env ${helper} status orders`],
    ["BASH_ENV", `BASH_ENV=/tmp/trap/env ${helper} status orders`],
    ["an exported function", `env 'BASH_FUNC_cat%%=() { touch /canary; }' ${helper} status orders`],
    ["IFS", `IFS=/ ${helper} status orders`],
    ["LD_LIBRARY_PATH", `LD_LIBRARY_PATH=/tmp/trap ${helper} status orders`],
    ["the bus of somebody else", `DBUS_SYSTEM_BUS_ADDRESS=unix:path=/tmp/bus ${helper} status orders`],
    [
      "a pager",
      `PAGER='touch /canary' SYSTEMD_PAGER='touch /canary' SYSTEMD_PAGERSECURE=0 ${helper} journal orders main`,
    ],
    ["an editor", `EDITOR='touch /canary' SUDO_EDITOR='touch /canary' ${helper} hello`],
    [
      "curl's configuration",
      `printf 'output = /canary' >~/.curlrc; CURL_HOME=/home/deploy HOME=/home/deploy ${helper} activate e1 d orders main ${good} installation=inst-a epoch=1 health=http:/healthz port=8080`,
    ],
    ["a proxy", `http_proxy=http://127.0.0.1:1 ${helper} hello`],
    [
      "the names of the helper's own constants",
      `STATE=/tmp LISTS=/tmp UNITS=/tmp HELPER=/tmp/trap/cat root=/ user=root ${helper} status orders`,
    ],
    ["TMPDIR", `mkdir -p /tmp/mine; TMPDIR=/tmp/mine ${stage()}; test -z "$(ls /tmp/mine)"`],
    ["a hostile working directory", `cd /tmp/trap && ${helper} status orders`],
    ["a closed standard output", `${helper} status orders >&-`],
    ["a file size limit", `(ulimit -f 0; ${helper} take-over orders inst-a 1 small); ${helper} status orders`],
    ["few open files", `(ulimit -n 4; ${helper} take-over orders inst-a 1 few)`],
    [
      "an open umask",
      `umask 0; ${helper} stage orders ${other} dig-umask unit Service.ExecStart=/usr/bin/true env A=topsecret`,
    ],
  ])("%s changes nothing", async (_name, line) => {
    await web.line("deploy", `${trap}${line}`);
    expect(await touched()).toBe("");
    expect(await web.status()).toMatchObject({ installation: "inst-a", "slot.main.release": good });
  });
});

describe("the helper's words", () => {
  it.each([
    ["a service that climbs", `${helper} status ../../../etc/shadow`],
    ["a service that is an option", `${helper} status --help`],
    ["a service with a glob", `${helper} status 'ord*'`],
    ["a service with a command", `${helper} status '$(touch /canary)'`],
    ["a service with a line break", `${helper} status "orders\ntouch /canary"`],
    ["a service that nobody listed", `${helper} status ssh`],
    ["a slot that climbs", `${helper} journal orders ../main`],
    ["a slot that nobody listed", `${helper} activate e2 d orders red ${good} ${fence}`],
    ["a list of slots", `${helper} activate e2 d orders 'main blue' ${good} ${fence}`],
    ["a release that climbs", `${helper} activate e3 d orders main ../../../etc ${fence}`],
    ["a release that nearly is one", `${helper} activate e3 d orders main 1-0123456789a/ ${fence}`],
    ["a key that climbs", `${helper} result ../../../etc/shadow`],
    ["a key with a unit's suffix", `${helper} cancel ssh.service`],
    ["a key that is an option", `${helper} result --help`],
    ["a digest with a line break", `${helper} stage orders ${other} "a\nuser=root"`],
    ["a number that is a computation", `${helper} follow e1 'a[$(touch /canary)]' 1`],
    [
      "an epoch that is a computation",
      `${helper} activate e4 d orders main ${good} installation=inst-a 'epoch=a[$(touch /canary)]'`,
    ],
    ["an octal number", `${helper} follow e1 010 1`],
    ["a health path with a line break", `${helper} activate e5 d orders main ${good} ${fence} "health=http:/\nx"`],
    [
      "a health path of another host",
      `${helper} activate e5 d orders main ${good} ${fence} health=http:@evil/ port=8080`,
    ],
    [
      "a health check that is a file",
      `${helper} activate e5 d orders main ${good} ${fence} health=file:///root/secret`,
    ],
    ["a port of the system", `${helper} activate e5 d orders main ${good} ${fence} health=tcp port=22`],
    ["an option of the result", `${helper} activate e6 d orders main ${good} ${fence} outcome=activated`],
    ["an option with the name of a variable", `${helper} activate e6 d orders main ${good} ${fence} root=/etc`],
    ["a journal of another unit", `${helper} journal orders main unit=ssh.service`],
    ["a journal's file", `${helper} journal orders main --file=/var/log/journal`],
    ["a cursor with an option", `${helper} journal orders main 'cursor=--file=/etc/shadow'`],
    ["an invocation with another match", `${helper} journal orders main 'invocation=0 + _UID=0'`],
    ["adopting a unit that nobody listed", `${helper} adopt orders ssh.service`],
    ["adopting a path", `${helper} adopt orders ../ssh.service`],
    ["pruning what is above", `${helper} prune orders ..`],
    ["pruning an option", `${helper} prune orders --no-preserve-root`],
    ["an inner function as a command", `${helper} give_up 0 x`],
    ["an inner function with a path", `${helper} place 0644 /etc/canary`],
    ["no command at all", `${helper}`],
    ["an unknown directive's word", `${helper} stage orders ${other} dig execute 'touch /canary'`],
  ])("may not be %s", async (_name, line) => {
    const { code, stdout } = await web.line("deploy", line);
    expect([2, 3]).toContain(code);
    expect(stdout).toMatch(/^error=[a-z-]+\nmessage=.+\n$/);
    expect(await touched()).toBe("");
  });

  it("cannot show a log of another unit", async () => {
    const invocation = (await host.mustRun(["systemctl", "show", "-P", "InvocationID", "ssh"])).trim();
    expect((await web.call("journal", "orders", "main", `invocation=${invocation}`)).stdout).toBe("");
  });
});

describe("a unit", () => {
  const directives: [string, string][] = [
    ["User=root", "Service.User=root"],
    ["User=0", "Service.User=0"],
    ["another run user", "Service.User=pay"],
    ["no user", "Service.User="],
    ["a group", "Service.Group=root"],
    ["more groups", "Service.SupplementaryGroups=shadow"],
    ["a dynamic user", "Service.DynamicUser=yes"],
    ["the prefix +", `Service.ExecStart=+${makeCanary}`],
    ["the prefix !", `Service.ExecStart=!${makeCanary}`],
    ["the prefix !!", `Service.ExecStart=!!${makeCanary}`],
    ["the prefix -", `Service.ExecStart=-${makeCanary}`],
    ["the prefix @", `Service.ExecStart=@${makeCanary}`],
    ["the prefix :", `Service.ExecStart=:${makeCanary}`],
    ["the prefix |", `Service.ExecStart=|${makeCanary}`],
    ["a prefix after spaces", `Service.ExecStartPre=  +${makeCanary}`],
    ["a quoted prefix", `Service.ExecStartPre="+/usr/bin/touch" /canary`],
    ["an escaped prefix", String.raw`Service.ExecStartPre=\x2b/usr/bin/touch /canary`],
    ["a quoted and escaped prefix", String.raw`Service.ExecStartPre="\x2b/usr/bin/touch" /canary`],
    ["an empty word before the prefix", `Service.ExecStartPre=""+/usr/bin/touch /canary`],
    ["a second command", `Service.ExecStartPre=/usr/bin/true ; +${makeCanary}`],
    ["a second command after a quote", `Service.ExecStartPre=/usr/bin/echo "a\\" ; +${makeCanary}`],
    ["a second command between quotes of two kinds", `Service.ExecStartPre=/usr/bin/echo '"' ; +${makeCanary} '"'`],
    ["a line break", `Service.ExecStart=/usr/bin/true\nUser=root`],
    ["a carriage return", `Service.ExecStart=/usr/bin/true\rUser=root`],
    ["a line break in the description", `Unit.Description=x\n[Service]\nUser=root`],
    ["a continued line", `Unit.Description=x\\`],
    ["a section in the key", `Unit.Description=x]\n[Service=y`],
    ["a key with a line break", `Service.Nice\nUser=root\nNice=1`],
    ["permissions at the start only", "Service.PermissionsStartOnly=yes"],
    ["a PAM session", "Service.PAMName=login"],
    ["an environment file", "Service.EnvironmentFile=/root/secret"],
    ["an environment", "Service.Environment=LD_PRELOAD=/tmp/evil.so"],
    ["a passed environment", "Service.PassEnvironment=PATH"],
    ["a credential of root", "Service.LoadCredential=key:/root/secret"],
    ["a credential of another service", "Service.LoadCredential=key:/etc/signalbox/credentials/pay/key"],
    ["a credential that climbs", "Service.LoadCredential=key:/etc/signalbox/credentials/orders/../pay/key"],
    ["a credential hidden in the name", "Service.LoadCredential=a:/root/secret:/etc/signalbox/credentials/orders/key"],
    ["an encrypted credential", "Service.LoadCredentialEncrypted=key:/root/secret"],
    ["output to a file", "Service.StandardOutput=append:/etc/canary"],
    ["errors to a file", "Service.StandardError=truncate:/etc/canary"],
    ["input from a file", "Service.StandardInput=file:/root/secret"],
    ["an opened file", "Service.OpenFile=/root/secret"],
    ["another root", "Service.RootDirectory=/srv/orders/releases"],
    ["an image as root", "Service.RootImage=/srv/orders/releases/image"],
    ["a bind mount", "Service.BindPaths=/srv/orders/releases:/etc"],
    ["a temporary file system", "Service.TemporaryFileSystem=/etc"],
    ["a writable path", "Service.ReadWritePaths=/etc"],
    ["a state directory", "Service.StateDirectory=signalbox"],
    ["a configuration directory", "Service.ConfigurationDirectory=sudoers.d"],
    ["a runtime directory", "Service.RuntimeDirectory=sudo"],
    ["a log directory", "Service.LogsDirectory=journal"],
    ["a working directory elsewhere", "Service.WorkingDirectory=/root"],
    ["a working directory that climbs", "Service.WorkingDirectory=../../../root"],
    ["a home as working directory", "Service.WorkingDirectory=~"],
    ["capabilities", "Service.AmbientCapabilities=CAP_SYS_ADMIN"],
    ["a low port that root did not allow", "Service.AmbientCapabilities=CAP_NET_BIND_SERVICE"],
    ["a set of capabilities", "Service.CapabilityBoundingSet=~"],
    ["new privileges", "Service.NoNewPrivileges=no"],
    ["setuid files", "Service.RestrictSUIDSGID=no"],
    ["secure bits", "Service.SecureBits=keep-caps"],
    ["processes left behind", "Service.KillMode=none"],
    ["a type that ends", "Service.Type=oneshot"],
    ["a PID file", "Service.PIDFile=/run/sshd.pid"],
    ["a device", "Service.DeviceAllow=/dev/sda rw"],
    ["a delegated control group", "Service.Delegate=yes"],
    ["another slice", "Service.Slice=-.slice"],
    ["real time", "Service.CPUSchedulingPolicy=fifo"],
    ["more weight than others", "Service.Nice=-20"],
    ["immunity", "Service.OOMScoreAdjust=-1000"],
    ["a unit to start", "Unit.Wants=rescue.target"],
    ["a unit that must start", "Unit.Requires=debug-shell.service"],
    ["a unit to stop", "Unit.Conflicts=ssh.service"],
    ["a unit to follow", "Unit.BindsTo=ssh.service"],
    ["a part of another", "Unit.PartOf=ssh.service"],
    ["a unit for failures", "Unit.OnFailure=debug-shell.service"],
    ["a job's reboot", "Unit.JobTimeoutAction=reboot"],
    ["a reboot on success", "Unit.SuccessAction=poweroff"],
    ["another name", "Install.Alias=ssh.service"],
    ["more to install", "Install.Also=debug-shell.service"],
    ["another target", "Install.WantedBy=sysinit.target"],
    ["a section of its own", "Socket.ListenStream=/etc/canary"],
    ["a key without a section", "ExecStart=/usr/bin/true"],
    ["a machine's id", "Service.ExecStart=/usr/bin/echo %m"],
    ["a credential's directory", "Unit.Description=%d"],
    ["a percent sign at the end", "Service.ExecStart=/usr/bin/echo 100%"],
  ];

  it.each(directives)("may not have %s", async (_name, directive) => {
    const { code, stdout } = await web.as("deploy", [
      "sudo",
      "-n",
      helperPath,
      "stage",
      "orders",
      other,
      "dig-evil",
      "unit",
      directive,
    ]);
    expect([2, 3]).toContain(code);
    expect(stdout).toMatch(/^error=(directive|usage)\nmessage=.+\n$/);
  });

  it("that was refused leaves no settings behind", async () => {
    expect((await web.status())[`release.${other}.settings`]).not.toBe("dig-evil");
    expect(await touched()).toBe("");
  });

  it("that is refused by systemd is refused", async () => {
    const { said } = await web.call(
      "stage",
      "orders",
      other,
      "dig-evil",
      "unit",
      "Service.ExecStart=/usr/bin/true",
      "unit",
      "Service.Restart=sometimes",
    );
    expect(said).toMatchObject({ error: "directive" });
  });
});

describe("the environment of a service", () => {
  it.each([
    ["a line break", "A=x\nUser=root"],
    ["a carriage return", "A=x\ry"],
    ["a tab", "A=x\ty"],
    ["no name", "=x"],
    ["a name with a space", "A B=x"],
    ["a name with a line break", "A\nB=x"],
    ["a name with a quote", `A"=x`],
    ["a name that begins with a digit", "1A=x"],
    ["a name of another language", "Ä=x"],
    ["a comment", "#A=x"],
    ["no value", "A"],
  ])("may not have %s", async (_name, variable) => {
    const { code } = await web.as("deploy", [
      "sudo",
      "-n",
      helperPath,
      "stage",
      "orders",
      other,
      "dig-evil",
      "env",
      variable,
    ]);
    expect([2, 3]).toContain(code);
  });

  it("is never told in a message", async () => {
    const { stdout, stderr } = await web.callWithInput(
      "TOKEN topsecret\n",
      "stage",
      "orders",
      other,
      "dig-evil",
      "stdin",
    );
    expect(stdout).toContain("error=variable");
    expect(stdout + stderr).not.toContain("topsecret");
  });
});

describe("what the deploy user puts on the disk", () => {
  it.each([
    [
      "a release that is a link to /etc",
      `ln -sfn /etc /srv/orders/releases/5-0123456789ab; ${stage().replace(other, "5-0123456789ab")}; ${helper} activate e10 d orders main 5-0123456789ab ${fence}`,
    ],
    [
      "a release that is a link to root's home, pruned",
      `ln -sfn /root /srv/orders/releases/6-0123456789ab; ${helper} prune orders 6-0123456789ab`,
    ],
    [
      "a link inside of a release, pruned",
      `mkdir -p /srv/orders/releases/7-0123456789ab; ln -s /root /srv/pay /srv/orders/releases/7-0123456789ab/; ${helper} prune orders 7-0123456789ab`,
    ],
    ["a hard link to a secret", `ln /etc/shadow /srv/orders/releases/shadow`],
    ["releases exchanged for a link", `mv /srv/orders/releases /srv/orders/r2; ln -s /etc /srv/orders/releases`],
    ["slots exchanged for a link", `mv /srv/orders/slots /srv/orders/s2; ln -s /tmp /srv/orders/slots`],
    ["a slot of its own", `ln -sfn /etc /srv/orders/slots/main`],
    [
      "a fifo as a release",
      `mkfifo /srv/orders/releases/8-0123456789ab; ${stage().replace(other, "8-0123456789ab")}; ${helper} activate e11 d orders main 8-0123456789ab ${fence}; ${helper} prune orders 8-0123456789ab`,
    ],
    [
      "a setuid program in a release",
      `cp /usr/bin/id /srv/orders/releases/; chmod 6755 /srv/orders/releases/id; rm /srv/orders/releases/id`,
    ],
    ["a service list", `echo user=root >/etc/signalbox/services.d/orders`],
    ["an intent", `echo release=x >/var/lib/signalbox/intents/e12`],
    ["a unit", `echo '[Service]' >/etc/systemd/system/evil.service`],
    ["a drop-in", `mkdir -p /etc/systemd/system/orders@main.service.d`],
    ["a temporary file of the link", `touch /srv/orders/slots/main.new`],
  ])("does not help: %s", async (_name, line) => {
    await web.line("deploy", line);
    expect(await touched()).toBe("");
    expect(await web.serves()).toBe("1");
  });

  it("does not help in a race of a release with a link while it is pruned and activated", async () => {
    const racing = `cd /srv/orders/releases; mkdir -p real9; touch real9/x
      (i=0; while [ $i -lt 3000 ]; do ln -sfn /root 9-0123456789ab; rm -rf 9-0123456789ab; cp -r real9 9-0123456789ab 2>/dev/null; rm -rf 9-0123456789ab; i=$((i+1)); done) & racer=$!
      for n in 1 2 3 4 5 6 7 8 9 10; do ${helper} prune orders 9-0123456789ab; ${helper} activate race-$n d orders blue 9-0123456789ab ${fence}; done >/dev/null 2>&1
      kill $racer; rm -rf 9-0123456789ab real9`;
    await web.line("deploy", racing);
    expect(await touched()).toBe("");
    expect(await host.mustRun(["cat", "/root/secret"])).toBe("topsecret\n");
  });
});

describe("code of a release", () => {
  it("runs as the run user, can take no more rights, and reads no secrets", async () => {
    const probe = `id -u; cat /root/secret /srv/pay/shared/secret /etc/signalbox/credentials/*/* /var/lib/signalbox/services/orders/main.env; sudo -n ${helperPath} hello; touch /etc/canary /srv/orders/slots/canary; grep -E 'NoNewPrivs|CapEff|CapBnd' /proc/self/status; ls -l /proc/self/fd`;
    const id = "10-0123456789ab";
    await web.release(id);
    await web.as("deploy", [
      "sh",
      "-c",
      `cd /srv/orders/releases/$1; chmod u+w . ; printf '%s\\n' "$2" >probe.sh`,
      "sh",
      id,
      probe,
    ]);
    await web.stage(id, { unit: ['Service.ExecStartPre=/bin/sh -c "/bin/sh probe.sh >../../shared/said 2>&1; true"'] });
    expect(await web.activate(id)).toMatchObject({ outcome: "activated" });
    const said = await host.readFile("/srv/orders/shared/said");
    const uid = (await host.mustRun(["id", "-u", "orders"])).trim();
    expect(said.split("\n")[0]).toBe(uid);
    expect(said).not.toContain("topsecret");
    expect(said).not.toContain("PORT=");
    expect(said).not.toContain("protocol=");
    expect(said).toMatch(/NoNewPrivs:\s*1/);
    expect(said).toMatch(/CapEff:\s*0+\n/);
    expect(said).toMatch(/CapBnd:\s*0+\n/);
    expect(await touched()).toBe("");
    await web.activate(good);
  });

  it("runs as the run user in a health command too, with nothing of the helper open", async () => {
    const command =
      "id -u >../../shared/said; ls /proc/self/fd | wc -w >>../../shared/said; env >>../../shared/said; cat /root/secret >>../../shared/said; touch /canary; true";
    await web.release("11-0123456789ab");
    await web.activate("11-0123456789ab", "health=command", "command=/bin/sh", "command=-c", `command=${command}`);
    const [uid, descriptors, ...environment] = (await host.readFile("/srv/orders/shared/said")).trim().split("\n");
    expect(uid).toBe((await host.mustRun(["id", "-u", "orders"])).trim());
    expect(Number(descriptors)).toBeLessThanOrEqual(4);
    expect(environment.filter((line) => !/^(PATH|PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([]);
    expect(await touched()).toBe("");
    await web.activate(good);
  });

  it("that answers the health check with everything it can think of runs nothing", async () => {
    const evil = String.raw`require("http").createServer((q,s)=>{s.writeHead(200,{"location":"file:///root/secret","set-cookie":"a=b\u0007"});s.end("$(touch /canary)\n\u0000;touch /canary\n200")}).listen(8080)`;
    const id = "12-0123456789ab";
    await web.release(id);
    await web.as("deploy", [
      "sh",
      "-c",
      `cd /srv/orders/releases/$1; chmod u+w . server.mjs; printf '%s' "$2" >server.cjs`,
      "sh",
      id,
      evil,
    ]);
    await web.stage(id, { unit: ["Service.ExecStart=/usr/bin/node server.cjs"].slice(1) });
    const digest = "dig-12";
    await web.call(
      "stage",
      "orders",
      id,
      digest,
      "unit",
      "Service.Type=exec",
      "unit",
      "Service.ExecStart=/usr/bin/node server.cjs",
      "env",
      "PORT=8080",
    );
    const result = await web.activate(id, "version-path=/version", "version-expect=$(touch", "within=3");
    expect(["activated", "reverted"]).toContain(result["outcome"]);
    expect(await touched()).toBe("");
  });
});
