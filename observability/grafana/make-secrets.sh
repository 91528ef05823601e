#!/bin/sh
# Makes the secret files of compose.yaml that are missing: random passwords, and empty files for the ways to be told of
# alerts. Fill those in to use them. The directory is for its owner alone; the files in it are readable, since each
# container reads its own as another user.
set -eu
directory=${1:-var/secrets}
umask 077
mkdir -p "$directory"
chmod 700 "$directory"

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -e "$directory/$1" ] || { printf %s "$2" >"$directory/$1"; chmod 444 "$directory/$1"; }; }

keep postgres_password "$(random)"
keep database_url "postgresql://scout:$(cat "$directory/postgres_password")@postgres:5432/scout"
keep metrics_token "$(random)"
keep grafana_password "$(random)"
for name in smtp_password alert_slack_url alert_discord_url alert_pagerduty_key; do
    keep "$name" ''
    chmod 644 "$directory/$name"
done
printf 'The secrets are in %s.\n' "$directory"
