<?php
if ($_POST['names'] === array_filter($_POST['names'])) {
    $names = array_values(array_filter($_POST['names']));
}
