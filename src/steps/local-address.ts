/** Requests that a host makes to a copy on itself. */

/**
 * The beginning of a program whose first argument is a port: sets `port`, and the `address` at which somebody listens
 * there. A service may listen on one address only; where nobody listens the loopback refuses the request.
 */
export const findAddress = `
port=$1
address=$(ss -Hltn "sport = :$port" | head -n 1 | tr -s ' ' | cut -d ' ' -f 4)
address=\${address%:*}
case $address in
  '' | 0.0.0.0 | '*') address=127.0.0.1 ;;
  '[::]') address='[::1]' ;;
esac
`;
