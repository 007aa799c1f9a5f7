#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 OR MIT
# Runs a redis server on a free port of 127.0.0.1 under redis-benchmark, then shuts it down. Prints what that measured.
#
#   redis_session.bash WORK_DIR REQUESTS_PER_COMMAND [COMMAND…]
#
# COMMAND… goes before the server: nebula record -o FILE --
set -euo pipefail
if (($# < 2)); then
  echo "usage: ${0##*/} WORK_DIR REQUESTS_PER_COMMAND [COMMAND…]" >&2
  exit 2
fi
work_dir=$1 requests=$2
shift 2
mkdir -p "$work_dir"

# Debian's package redis-server brings a service; the server itself is redis-check-rdb of redis-tools, renamed.
server=$(command -v redis-server || true)
if [[ -z $server ]]; then
  ln -sf "$(command -v redis-check-rdb)" "$work_dir/redis-server"
  server=$work_dir/redis-server
fi

free_port() {
  /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

server_process=
# shellcheck disable=SC2317 # called by the trap
stop_server() {
  if [[ -n $server_process ]] && kill -0 "$server_process" 2>/dev/null; then
    redis-cli -p "$port" shutdown nosave >/dev/null 2>&1 || true
    for ((attempt = 0; attempt < 100; ++attempt)); do
      kill -0 "$server_process" 2>/dev/null || break
      sleep 0.1
    done
    kill "$server_process" 2>/dev/null || true
  fi
}
trap stop_server EXIT

# The port may be taken between the asking and the binding: three tries.
answered=no
for ((start = 0; start < 3; ++start)); do
  port=$(free_port)
  "$@" "$server" --bind 127.0.0.1 --port "$port" --save '' --appendonly no --daemonize no --dir "$work_dir" \
    >"$work_dir/server.log" 2>&1 &
  server_process=$!
  for ((attempt = 0; attempt < 300; ++attempt)); do
    if [[ $(redis-cli -p "$port" ping 2>/dev/null) == PONG ]]; then
      answered=yes
      break 2
    fi
    kill -0 "$server_process" 2>/dev/null || break
    sleep 0.1
  done
  if kill -0 "$server_process" 2>/dev/null; then break; fi
done
if [[ $answered == no ]]; then
  echo "redis-server did not answer on 127.0.0.1:$port within 30 seconds; the end of its log:" >&2
  tail -n 20 "$work_dir/server.log" >&2
  exit 1
fi

benchmark=(redis-benchmark -h 127.0.0.1 -p "$port" -q -P 8 -c 20)
results() { tr '\r' '\n' | grep 'per second'; }
"${benchmark[@]}" -n "$requests" -r 5000 -d 100 -t set,get,incr,lpush,rpop,sadd,hset,spop,zadd,zpopmin | results
"${benchmark[@]}" -n $((requests / 20)) -r 200 -d 4000 -t lpush,lrange_100,mset | results
redis-cli -p "$port" dbsize >"$work_dir/dbsize"

redis-cli -p "$port" shutdown nosave >/dev/null 2>&1 || true
status=0
wait "$server_process" || status=$?
server_process=
if ((status != 0)); then
  echo "redis-server ended with status $status; the end of its log:" >&2
  tail -n 20 "$work_dir/server.log" >&2
fi
exit "$status"
