# SPDX-License-Identifier: GPL-2.0-or-later
# conntrackd of pinhole as a NixOS service. README.md has an example.
{ config, lib, ... }:
let
  cfg = config.services.pinhole;
in
{
  options.services.pinhole = {
    enable = lib.mkEnableOption "connection tracking helpers in user space";
    package = lib.mkOption {
      type = lib.types.package;
      description = "The package of pinhole.";
    };
    helpers = lib.mkOption {
      type = lib.types.lines;
      default = "";
      description = "Types and Defines of the Helper section, see conntrackd.conf(5).";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."conntrackd/conntrackd.conf".text = ''
      General {
        LockFile /run/conntrackd.lock
        UNIX { Path /run/conntrackd.ctl }
      }
      Helper {
        Setup yes
        ${cfg.helpers}
      }
    '';
    users.users.pinhole = {
      isSystemUser = true;
      group = "pinhole";
    };
    users.groups.pinhole = { };
    boot.kernelModules = [ "nfnetlink_cthelper" "nfnetlink_queue" ];
    systemd.services.conntrackd = {
      description = "Connection tracking helpers in user space (pinhole)";
      wantedBy = [ "multi-user.target" ];
      before = [ "network-pre.target" ];
      wants = [ "network-pre.target" ];
      reloadTriggers = [ config.environment.etc."conntrackd/conntrackd.conf".source ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/sbin/conntrackd -C /etc/conntrackd/conntrackd.conf";
        ExecReload = "/bin/sh -c 'kill -HUP $MAINPID'";
        # When the daemon is gone its keeper disables the helpers: it must not be killed before.
        KillMode = "process";
        ExecStopPost = "${cfg.package}/sbin/nfct disable helper unserved";
        Restart = "on-failure";
        RestartSec = "100ms";
        WatchdogSec = 10;
        StateDirectory = "pinhole";
      };
    };
  };
}
