<?php
// Orders: the door through which they come in, and the folder in which they are kept, a file for each.

declare(strict_types=1);

define('CONCERTS', require __DIR__ . '/concerts.php');

/** An order, and all that is wrong with what was sent; with anything wrong, the order is empty. */
function readOrder(mixed $sent): array
{
    if (!$sent instanceof stdClass) {
        return [[], [['field' => '', 'message' => 'Send an object with email, concert and tickets.']]];
    }
    $fields = get_object_vars($sent);
    $wrong = [];
    foreach (array_diff(array_map('strval', array_keys($fields)), ['email', 'concert', 'tickets', 'note']) as $name) {
        $wrong[$name] = 'There is no such field.';
    }

    $email = $fields['email'] ?? null;
    $concert = $fields['concert'] ?? null;
    $tickets = $fields['tickets'] ?? null;
    $note = array_key_exists('note', $fields) ? $fields['note'] : '';
    if (!is_string($email) || strlen($email) > 254 || !preg_match('/^[^@\s]+@[^@\s]+$/D', $email)) {
        $wrong['email'] = 'Give an e-mail address, such as ada@example.test.';
    }
    if (!is_int($concert) || !isset(CONCERTS[$concert])) {
        $wrong['concert'] = 'Give the number of a concert; GET /concerts lists them.';
    }
    if (!is_int($tickets) || $tickets < 1 || $tickets > 6) {
        $wrong['tickets'] = 'Give a whole number from 1 to 6.';
    }
    if (!is_string($note) || preg_match_all('/./us', $note) > 200) { // characters, where strlen counts bytes
        $wrong['note'] = 'Write 200 characters at most.';
    }

    if ($wrong) {
        $errors = [];
        foreach ($wrong as $field => $message) {
            $errors[] = ['field' => (string) $field, 'message' => $message];
        }
        return [[], $errors];
    }
    $pay = $tickets * CONCERTS[$concert]['price'];
    return [['email' => $email, 'concert' => $concert, 'tickets' => $tickets, 'note' => $note, 'pay' => $pay], []];
}

/** Give the order a random id, which no other copy of this program has to know of, and write its file. */
function keepOrder(array $order): array
{
    $kept = ['id' => bin2hex(random_bytes(16)), ...$order];
    $file = fopen(fileOf($kept['id']), 'x');
    fwrite($file, json_encode($kept, JSON_THROW_ON_ERROR));
    fclose($file);
    return $kept;
}

/** The order with this id, which must look like one: it becomes the name of a file. */
function findOrder(string $id): ?array
{
    $file = fileOf($id);
    return is_file($file) ? json_decode(file_get_contents($file), true) : null;
}

/** Whether there was such an order; now there is none. */
function removeOrder(string $id): bool
{
    return is_file(fileOf($id)) && unlink(fileOf($id));
}

function fileOf(string $id): string
{
    return getenv('DATA_DIR') . "/$id.json";
}
